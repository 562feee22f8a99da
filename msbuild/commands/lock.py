"""`msbuild lock`: pin the digests of base images, and write the lock files of languages."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

from msbuild.commands import options

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  msbuild lock                write the lock files; commit them
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    options.add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Resolve every base image of the workspace again and write the lock file."""
    from msbuild.commands.executor_choice import choose  # noqa: PLC0415
    from msbuild.commands.workspace import find  # noqa: PLC0415
    from msbuild.model import SCRATCH, ImageRef  # noqa: PLC0415
    from msbuild.report.text import counted  # noqa: PLC0415
    from msbuild.workspace import loading  # noqa: PLC0415
    from msbuild.workspace.generating import generated_files, write  # noqa: PLC0415
    from msbuild.workspace.lockfile import NAME, write_lock  # noqa: PLC0415

    loaded = loading.load(find(arguments.file))
    graph = loaded.assembly.graph
    bases = (graph[name].base for name in graph)
    references = {base.reference for base in bases if isinstance(base, ImageRef)} - {SCRATCH}
    with closing(choose(options.run_options(arguments), loaded, ())) as executor:
        pins = executor.pin(sorted(references), refresh=True)
    left_out = write_lock(loaded.workspace.root, pins)
    for reference in sorted(references):
        note = "built on this machine, no digest" if reference in left_out else pins[reference]
        sys.stdout.write(f"{reference}  {note}\n")
    sys.stdout.write(f"wrote `{NAME}` with {counted(len(pins) - len(left_out), 'image')}\n")
    languages = {name: plugin.language for name, plugin in loaded.plugins.items()}
    for generated in generated_files(loaded.workspace, languages, loaded.sources):
        sys.stdout.write(f"{write(generated, loaded.workspace.source_root)}\n")
    return 0
