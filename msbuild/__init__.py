"""Builds the services of a polyglot monorepo as container images: what changed, in parallel."""
