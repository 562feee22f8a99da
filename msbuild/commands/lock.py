"""`msbuild lock`: pin the digests of base images, and write the lock files of languages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from msbuild.commands import options
from msbuild.errors import UnavailableError
from msbuild.plugin.api import Generates
from msbuild.state.files import write_atomically

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from msbuild.model import Workspace
    from msbuild.plugin.api import Generated, Language, Sources

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
        sys.stdout.write(f"{write_generated(generated, loaded.workspace.source_root)}\n")
    return 0


_NOTE = "# Written by `msbuild lock`; commit it."
_TAIL = 5


def generated_files(
    workspace: Workspace, languages: Mapping[str, Language], sources: Sources
) -> Iterator[Generated]:
    """The files that the languages of a workspace generate."""
    for builder in workspace.builders.values():
        language = languages[builder.plugin]
        services = [each for each in workspace.services.values() if each.builder == builder.name]
        if services and isinstance(language, Generates):
            yield from language.generated_files(builder, services, sources)


def write_generated(generated: Generated, root: Path) -> str:
    """Write one file, and return a message about the result.

    Raises:
        UnavailableError: a command failed; the file is unchanged.
    """
    missing = next((each[0] for each in generated.commands if not shutil.which(each[0])), None)
    if missing:
        return f"skipped `{generated.path}`: `{missing}` is not installed"
    lines = {
        line
        for command in generated.commands
        for environment in generated.environments
        for line in _output(command, root / generated.directory, dict(environment))
        if line.strip()
    }
    text = "\n".join([_NOTE, *filter(None, [generated.head]), *sorted(lines)]) + "\n"
    write_atomically(root / generated.path, [text.encode()], for_everybody=True)
    return f"wrote `{generated.path}`"


def _output(command: tuple[str, ...], directory: Path, environment: Mapping[str, str]) -> list[str]:
    done = subprocess.run(  # noqa: S603 - from a plugin, which runs in this process anyway
        command,
        cwd=directory,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        tail = " / ".join(done.stderr.strip().splitlines()[-_TAIL:])
        raise UnavailableError(f"`{' '.join(command[:3])} …` failed: {tail}")
    return done.stdout.splitlines()
