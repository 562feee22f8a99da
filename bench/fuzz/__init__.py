"""Damages the files that msbuild reads, and looks for what it does not take well."""
