"""Fuzz targets: each pure parser, with inputs that it may get. `python3 build.py fuzz` runs longer
than the tests do."""
