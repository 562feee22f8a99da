"""`msbuild schema`: print the JSON Schema of msbuild.yaml."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  msbuild schema > msbuild.schema.json
  # then, as the first line of msbuild.yaml:
  # yaml-language-server: $schema=msbuild.schema.json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add no options."""
    del parser


def run(arguments: argparse.Namespace) -> int:
    """Print the schema."""
    from msbuild.workspace.config import json_schema  # noqa: PLC0415

    del arguments
    sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
    return 0
