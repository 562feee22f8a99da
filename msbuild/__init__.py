"""Builds the changed services of a polyglot monorepo as container images, in parallel."""

__version__ = "0.1.0"
