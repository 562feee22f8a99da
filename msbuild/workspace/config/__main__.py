"""Writes `docs/msbuild.schema.json` and `docs/configuration.md`."""

from __future__ import annotations

import json
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
        "docs/msbuild.schema.json": json.dumps(json_schema(), indent=2) + "\n",
        "docs/configuration.md": reference(languages),
    }


if __name__ == "__main__":
    for path, text in generated().items():
        Path(path).write_text(text, "utf-8")
