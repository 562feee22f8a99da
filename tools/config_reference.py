#!/usr/bin/env python3
"""Writes `msbuild.schema.json` and `configuration.md`: `tools/config_reference.py docs`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from msbuild.plugin.manager import BUILT_IN, load_plugins
from msbuild.workspace.config import json_schema, reference


def generated() -> dict[str, str]:
    """The text of each file that is generated from the schema and the built-in plugins."""
    languages = {
        name: plugin.language
        for name, plugin in load_plugins().items()
        if plugin.distribution.partition(" ")[0] in BUILT_IN
    }
    return {
        "msbuild.schema.json": json.dumps(json_schema(), indent=2) + "\n",
        "configuration.md": reference(languages),
    }


if __name__ == "__main__":
    for name, text in generated().items():
        Path(sys.argv[1], name).write_text(text, "utf-8")
