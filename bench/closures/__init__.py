"""Compares closures, and the programs a commit affects, with the compilers' reports."""
