"""Mutates the files that msbuild reads and looks for crashes and hangs."""
