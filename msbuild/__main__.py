"""`python -m msbuild`."""

from msbuild.cli import run

run()
