"""From `msbuild.yaml` to a `Workspace`, or to every problem of it at once.

load() is the front door. What a config may hold is described once, in ``schema.py``; reading,
JSON Schema and the reference page all follow from there.
"""

from msbuild.workspace.config.jsonschema import json_schema
from msbuild.workspace.config.loader import load, plugin_modules
from msbuild.workspace.config.reference import reference

__all__ = ["json_schema", "load", "plugin_modules", "reference"]
