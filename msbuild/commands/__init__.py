"""The commands of the command line, one module each, and their common parts."""
