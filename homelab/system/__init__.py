"""The operating system: processes, files, paths, the machine."""
