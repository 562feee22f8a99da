"""Reads `msbuild.yaml` into a `Workspace`, or reports all of its problems at once.

load() is the entry point. ``schema.py`` describes once what a config may contain; the reader,
JSON Schema and the reference page are derived from it.
"""

from msbuild.workspace.config.loader import load, plugin_modules
from msbuild.workspace.config.reference import json_schema, reference

__all__ = ["json_schema", "load", "plugin_modules", "reference"]
