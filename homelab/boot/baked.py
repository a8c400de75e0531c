"""Facts about the build: build.py replaces this module inside the archive; it is empty in a source
tree.

`BUILD` is the first twelve hex digits of the sha256 over everything in the file. `SITE` holds a
site's settings by full name (`loki.url`), as given to `build.py --site`.
"""

BUILD = "source"
SITE: "dict[str, str]" = {}
