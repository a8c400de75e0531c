"""Facts about the build: build.py replaces this module inside the archive; it is empty in a source
tree.

`BUILD` is the first twelve hex digits of the sha256 over everything in the file. `SITE` holds a
site's settings by full name (`loki.url`), as given to `build.py --site`; a section of lists
(`groups`, see settings.LISTS) is one text of `key = value` lines.
"""

BUILD = "source"
SITE: "dict[str, str]" = {}
