"""`build.py bench`: speed as paired ratios."""
