"""`msbuild affected`: list the services affected by changes since a git revision."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from msbuild.commands import options

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from msbuild.affected import Affected
    from msbuild.workspace.loading import Loaded
    from msbuild.workspace.revisions import Repository

EXAMPLES = """\
examples:
  msbuild affected --since origin/main              what this branch affects, and why
  msbuild affected --since HEAD~1 --json            as JSON
  msbuild affected --since $BASE --format github >> "$GITHUB_OUTPUT"
  msbuild affected --since $BASE --format gitlab > child-pipeline.yml
"""
FORMATS = ("text", "json", "github", "gitlab", "markdown")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--since",
        required=True,
        metavar="REVISION",
        help="compare with the merge base of the checkout and this branch, tag or commit",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--format", choices=FORMATS, default="text", help="default: %(default)s")
    form.add_argument(
        "--json", dest="format", action="store_const", const="json", help="same as `--format json`"
    )
    options.add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the services."""
    from msbuild.affected import FORMATTERS, Comparison  # noqa: PLC0415
    from msbuild.commands.workspace import find, print_warnings  # noqa: PLC0415
    from msbuild.workspace import loading  # noqa: PLC0415
    from msbuild.workspace.revisions import repository_of  # noqa: PLC0415

    file = find(arguments.file)
    after = loading.load(file)
    print_warnings(after)
    repository = repository_of(file.parent)
    commit = repository.merge_base(arguments.since)
    changed = affected_since(file, repository, commit, after)
    comparison = Comparison(arguments.since, commit, tuple(after.workspace.services), changed)
    sys.stdout.write(FORMATTERS[arguments.format](comparison))
    return 0


def affected_since(
    file: Path, repository: Repository, commit: str, after: Loaded
) -> tuple[Affected, ...]:
    """The services affected by changes since a commit.

    Args:
        file: the config.
        repository: the repository of the checkout.
        commit: the commit to compare with.
        after: the workspace now.
    """
    from msbuild.affected import affected, all_unknown, named_inputs  # noqa: PLC0415
    from msbuild.errors import ConfigError  # noqa: PLC0415

    # errors in the checkout are raised; errors in the old commit are not
    now = named_inputs(after)
    tree: Path | None = None
    try:
        with repository.files_of(commit) as tree:
            return tuple(affected(_load_then(file, repository, tree), after, now))
    except ConfigError as error:
        why = error.render().splitlines()[0]
        # a path in the commit, not in its temporary checkout
        for place in (os.path.relpath(tree), str(tree)) if tree else ():
            why = why.replace(f"{place}/", "")
        options.warn((f"cannot compare with commit {commit[:12]}: {why}",))
        return tuple(all_unknown(after))


def _load_then(file: Path, repository: Repository, tree: Path) -> Loaded | None:
    """The workspace of a commit; ``None`` if it had none."""
    from msbuild.workspace import loading  # noqa: PLC0415

    # the directory of the config is the workspace, even if the file is a link to somewhere else
    then = tree / file.parent.resolve().relative_to(repository.top.resolve()) / file.name
    return loading.load(then) if then.is_file() else None
