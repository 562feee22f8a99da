"""Writes `docs/msbuild.schema.json` and `docs/configuration.md`: `python -m msbuild.config`."""

from __future__ import annotations

import json
from pathlib import Path

from msbuild.config import json_schema, reference


def generated() -> dict[str, str]:
    """The text of every file that is made from the schema."""
    return {
        "docs/msbuild.schema.json": json.dumps(json_schema(), indent=2) + "\n",
        "docs/configuration.md": reference(),
    }


if __name__ == "__main__":
    for path, text in generated().items():
        Path(path).write_text(text, "utf-8")
