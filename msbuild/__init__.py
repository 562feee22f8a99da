"""Builds the services of a polyglot monorepo as container images: what changed, in parallel."""

__version__ = "0.1.0"
