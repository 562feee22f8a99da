"""Compares closures, and the programs a commit affects, with what the compilers report."""
