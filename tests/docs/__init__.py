"""Tests of the documentation: commands, links and pictures."""
