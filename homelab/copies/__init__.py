"""Copies of this file: on this host where PATH finds it, and on others over ssh."""
