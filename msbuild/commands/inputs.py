"""`msbuild inputs`: list the files that a service is made from, each with the reason."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from msbuild.commands import options

if TYPE_CHECKING:
    import argparse

    from msbuild.workspace.loading import Loaded

EXAMPLES = """\
examples:
  msbuild inputs gateway             its closure: every file, and why it is included
  msbuild inputs gateway --json      the same as JSON
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("service", metavar="SERVICE", help="a service of the config")
    options.add_file(parser)
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the closure."""
    from msbuild.commands.workspace import find  # noqa: PLC0415
    from msbuild.workspace import loading  # noqa: PLC0415

    loaded = loading.load(find(arguments.file))
    (service,) = loading.select(loaded.workspace, [arguments.service])
    closure = as_json(loaded, service)
    sys.stdout.write(json.dumps(closure, indent=2) + "\n" if arguments.json else as_text(closure))
    return 0


def as_json(loaded: Loaded, service: str) -> dict[str, Any]:
    """The closure as JSON values."""
    inputs = loaded.assembly.inputs[service]
    shipped = set(loaded.assembly.graph[service].files) - set(inputs.files)
    return {
        "service": service,
        "files": {**inputs.files, **dict.fromkeys(sorted(shipped), "an asset")},
        "facts": dict(inputs.facts),
        "widened": dict(inputs.widened),
        "warnings": list(inputs.warnings),
    }


def as_text(closure: dict[str, Any]) -> str:
    """The closure as text: files, facts, widened directories, warnings."""
    from msbuild.report.text import counted  # noqa: PLC0415

    width = max(map(len, closure["files"]), default=0)
    lines = [f"{path:{width}}  {why}" for path, why in closure["files"].items()]
    lines += [f"fact  {name}: {_short(value)}" for name, value in closure["facts"].items()]
    lines += [f"wide  {directory}: {why}" for directory, why in closure["widened"].items()]
    lines += [f"warn  {text}" for text in closure["warnings"]]
    lines.append(counted(len(closure["files"]), "file"))
    return "".join(f"{line}\n" for line in lines)


def _short(value: str) -> str:
    most = 60
    line = " ".join(value.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
