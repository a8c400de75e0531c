"""The checks of `usage doctor`."""
