"""What the build knew: replaced by build.py inside the archive, and empty in a source tree.

`BUILD` is the first twelve hex digits of the sha256 over everything that was built in.
`SITE` holds a site's settings by full name (`loki.url`), as given to `build.py --site`.
"""

BUILD = "source"
SITE: "dict[str, str]" = {}
