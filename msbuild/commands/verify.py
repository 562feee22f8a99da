"""`msbuild verify`: build under a tracer and report files that are read but not declared."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.commands import options

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from msbuild.events import Event, Listener
    from msbuild.report.console import Mode, Reporter
    from msbuild.verify.results import ServiceChecked
    from msbuild.verify.running import Checked
    from msbuild.workspace.loading import Loaded

EXAMPLES = """\
examples:
  msbuild verify                          check every service
  msbuild verify gateway --write          add what it lacks to `msbuild.lock`
  msbuild verify --since origin/main      check what this branch affects
  msbuild verify --executor docker        use the compilers of the builders' images
  msbuild verify search --unused          also list declared files that no step used
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "services", nargs="*", metavar="SERVICE", help="a service of the config; default: all"
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="add undeclared files to `msbuild.lock`, and remove those that nothing reads any more",
    )
    parser.add_argument(
        "--since",
        metavar="REVISION",
        help="only services affected since the merge base of the checkout and this branch, tag or "
        "commit",
    )
    parser.add_argument(
        "--unused", action="store_true", help="also list declared files that no step used"
    )
    parser.add_argument(
        "--executor",
        choices=("docker", "local"),
        default="local",
        help="use the compilers of this host, or of the builders' images; default: %(default)s",
    )
    parser.add_argument(
        "-j",
        "--jobs",
        type=options.positive,
        default=options.default_jobs(),
        metavar="N",
        help="maximum number of parallel jobs; default: the number of cores, at least 2",
    )
    parser.add_argument(
        "--timeout", type=options.seconds, metavar="SECONDS", help="time limit for each job"
    )
    options.add_file(parser)
    options.add_json(parser)
    parser.add_argument(
        "-v", "--verbose", action="count", default=0, help="also print the output of steps"
    )


def run(arguments: argparse.Namespace) -> int:
    """Check the services."""
    from msbuild.commands.workspace import find, print_warnings  # noqa: PLC0415
    from msbuild.workspace import loading  # noqa: PLC0415

    loaded = loading.load(find(arguments.file))
    print_warnings(loaded)
    services = _services(arguments, loaded)
    if not services:
        sys.stderr.write(f"no service is affected since {arguments.since}\n")
    checked = _check(arguments, loaded, services)
    return _print(arguments, loaded, checked)


def _services(arguments: argparse.Namespace, loaded: Loaded) -> Sequence[str]:
    from msbuild.workspace import loading  # noqa: PLC0415

    named = loading.select(loaded.workspace, arguments.services)
    if not arguments.since:
        return named
    from msbuild.commands.affected import affected_since  # noqa: PLC0415
    from msbuild.workspace.revisions import repository_of  # noqa: PLC0415

    file = loaded.workspace.file
    repository = repository_of(file.parent)
    commit = repository.merge_base(arguments.since)
    affected = {each.service for each in affected_since(file, repository, commit, loaded)}
    return [name for name in named if name in affected]


def _check(arguments: argparse.Namespace, loaded: Loaded, services: Sequence[str]) -> Checked:
    from msbuild.commands.executor_choice import docker_executor, local_executor  # noqa: PLC0415
    from msbuild.commands.interrupt import interruptible  # noqa: PLC0415
    from msbuild.run_options import RunOptions  # noqa: PLC0415
    from msbuild.verify.running import Check  # noqa: PLC0415

    make = docker_executor if arguments.executor == "docker" else local_executor
    with (
        closing(make(loaded)) as executor,
        interruptible() as cancel,
        closing(_reporter(arguments)) as reporter,
    ):
        check = Check(loaded, executor, services)
        wanted = RunOptions(jobs=arguments.jobs, timeout=arguments.timeout)
        return check.run(wanted, _without_summary(reporter), cancel)


def _reporter(arguments: argparse.Namespace) -> Reporter:
    from msbuild.report.console import make_reporter  # noqa: PLC0415

    mode: Mode = "quiet" if arguments.json else "auto"
    return make_reporter(mode, arguments.verbose, sys.stderr)


def _without_summary(reporter: Reporter) -> Listener:
    """The reporter without the summary of a successful run, which is about images."""
    from msbuild.errors import EXIT_OK  # noqa: PLC0415
    from msbuild.events import RunFinished  # noqa: PLC0415

    def listen(event: Event) -> None:
        if not isinstance(event, RunFinished) or event.exit_code != EXIT_OK:
            reporter(event)

    return listen


def _print(arguments: argparse.Namespace, loaded: Loaded, checked: Checked) -> int:
    from msbuild.errors import EXIT_FAILED  # noqa: PLC0415
    from msbuild.verify import results as report  # noqa: PLC0415

    results = checked.services
    written = report.write_found(loaded, results) if arguments.write else []
    if arguments.json:
        sys.stdout.write(report.as_json(results, written))
    else:
        config = loaded.workspace.file.name
        sys.stdout.write(report.text(results, config, unused=arguments.unused))
        sys.stdout.write("".join(f"{line}\n" for line in written))
        if options.run_options(arguments).github_actions:
            _print_github(loaded, results)
    found = any(each.findings for each in results)
    return checked.exit_code or (EXIT_FAILED if found else checked.exit_code)


def _print_github(loaded: Loaded, results: Sequence[ServiceChecked]) -> None:
    from msbuild.verify import results as report  # noqa: PLC0415

    file = os.path.relpath(loaded.workspace.file)
    sys.stdout.write("".join(f"{line}\n" for line in report.github_lines(results, file)))
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as stream:
            stream.write("".join(f"{line}\n" for line in report.markdown(results)))
