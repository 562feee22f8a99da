"""Compares msbuild with `docker buildx bake` on a real engine. `python -m bench.engine --help`."""
