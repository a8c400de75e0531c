"""A home-lab tool belt in one file, which counts how its verbs are used."""

__version__ = "0.6.0"
