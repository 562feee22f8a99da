"""msbuild beside `docker buildx bake` on a real Docker engine. `python -m bench.engine --help`."""
