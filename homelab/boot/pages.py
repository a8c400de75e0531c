"""The docs pages in this file: replaced by build.py inside the archive, and None in a source tree.

`PAGES` holds each page's summary by the page's name, which is that of its file without `.md`.
"""

PAGES: "dict[str, str] | None" = None
