"""Fuzz targets: each pure parser, fed with what it may be sent. `python3 build.py fuzz` goes on for
longer than the tests do."""
