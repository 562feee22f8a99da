"""Compares closures, and what a commit touches, with what the compilers say."""
