"""Toolchains of this host in place of toolchain images: programs, versions and packages."""

from __future__ import annotations

import os
import re
import threading
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msbuild.errors import BuildError
from msbuild.model import SCRATCH, ImageRef, StageKind
from msbuild.state.file_stat import StatCache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from msbuild.model import HostTool, Stage

_SECONDS = 20
_THREADS = 8
_VERSION = re.compile(r"\d+(?:\.\d+)+")
_STATUS = "ii"
_DPKG = "/var/lib/dpkg/status"


@dataclass(frozen=True, slots=True)
class Found:
    """A program on this host.

    Attributes:
        directory: the directory with the program.
        home: the directory of its installation.
        version: the version it reports.
        problem: why it cannot be used; empty if it can.
    """

    directory: str
    home: str
    version: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class HostToolchain:
    """The replacement of one toolchain stage.

    Attributes:
        path: directories of programs, in order of precedence.
        homes: directories of their installations.
        facts: the versions, which decide results.
        problems: what is missing or too old.
        packages: the Debian packages to install.
    """

    path: tuple[str, ...]
    homes: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]
    packages: tuple[str, ...]

    @classmethod
    def read(cls, values: Any) -> HostToolchain:
        """A toolchain from the JSON values of its fields."""
        path, homes, facts, problems, packages = values
        pairs = tuple((str(name), str(value)) for name, value in facts)
        return cls(tuple(path), tuple(homes), pairs, tuple(problems), tuple(packages))

    def check(self, stage: str) -> None:
        """Check that nothing is missing.

        Raises:
            BuildError: something is missing; names the package to install.
        """
        if self.problems:
            raise BuildError(
                "; ".join(self.problems),
                stage=stage,
                step="find compilers on this host",
                hint=f"run `apt-get install {' '.join(self.packages)}`, "
                "or build in containers with `--executor docker`",
            )


class HostToolchains:
    """Finds programs and packages, each once.

    Args:
        known: the toolchains that an earlier run found, if nothing that they depend on has changed.

    Attributes:
        stat_cache: file stats of everything the results depend on, by absolute path.
    """

    def __init__(self, known: Mapping[str, Any] | None = None) -> None:
        self._lock = threading.Lock()
        self._known = {name: HostToolchain.read(each) for name, each in (known or {}).items()}
        self.stat_cache = StatCache()

    def prepare(self, stages: Sequence[Stage]) -> Sequence[Stage]:
        """The stages, with every toolchain replaced by that of this host.

        The replacement has no base and no steps; the versions are its facts.
        """
        self._find([stage for stage in stages if _is_toolchain(stage)])
        return [self._prepared(stage) for stage in stages]

    def written(self) -> Mapping[str, Any]:
        """The toolchains that were found, as JSON values."""
        return {name: astuple(toolchain) for name, toolchain in self._known.items()}

    def of(self, stage: str) -> HostToolchain | None:
        """The toolchain found for a toolchain stage."""
        return self._known.get(stage)

    def _prepared(self, stage: Stage) -> Stage:
        if not _is_toolchain(stage):
            return stage
        facts = tuple(sorted({**dict(stage.facts), **dict(self._known[stage.name].facts)}.items()))
        return replace(stage, base=ImageRef(SCRATCH), steps=(), facts=facts)

    def _find(self, stages: Sequence[Stage]) -> None:
        with self._lock:
            new = [stage for stage in stages if stage.name not in self._known]
            if not new:
                return
            tools = {tool: None for stage in new for tool in stage.host}
            names = sorted({name for stage in new for name in _packages(stage)})
            # not needed to look up images
            from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

            self._record([*_directories(), _DPKG, *_settings(tools)])
            with ThreadPoolExecutor(_THREADS) as threads:
                installed = threads.submit(installed_packages, names)
                found = dict(zip(tools, threads.map(find_tool, tools), strict=True))
            self._record(path for tool, one in found.items() for path in _programs(tool, one))
            for stage in new:
                self._known[stage.name] = toolchain_of(stage, found, installed.result())

    def _record(self, paths: Iterable[str]) -> None:
        for path in paths:
            self.stat_cache.record_external(path)


def _directories() -> list[str]:
    """The search path for programs."""
    return list(filter(os.path.isabs, os.get_exec_path()))


def _settings(tools: Iterable[HostTool]) -> Iterator[str]:
    for tool in tools:
        for path in tool.settings:
            yield os.path.expanduser(os.path.expandvars(path))  # noqa: PTH111


def _programs(tool: HostTool, found: Found) -> Iterator[str]:
    if found.directory:
        yield f"{found.directory}/{tool.name}"
        yield found.home


def _is_toolchain(stage: Stage) -> bool:
    return stage.kind is StageKind.TOOLCHAIN


def _packages(stage: Stage) -> Sequence[str]:
    return [name for step in stage.steps for name in getattr(step, "names", ())]


def toolchain_of(
    stage: Stage, found: Mapping[HostTool, Found], installed: Mapping[str, str] | None
) -> HostToolchain:
    """The host's replacement for a toolchain stage. Pure.

    Args:
        stage: the stage.
        found: every program that it names.
        installed: the version of each installed package; ``None`` if that is unknown.
    """
    facts: dict[str, str] = {}
    problems: list[str] = []
    wanted: dict[str, None] = {}
    usable = {tool: found[tool] for tool in stage.host if not found[tool].problem}
    for tool in stage.host:
        if tool.optional:
            continue
        facts[f"host {tool.name}"] = found[tool].version or "missing"
        if tool not in usable:
            problems.append(found[tool].problem)
            wanted[tool.package] = None
    provided = {tool.package for tool in stage.host}
    for package in _packages(stage):
        if installed is None or package in provided:
            continue
        if package in installed:
            facts[f"host package {package}"] = installed[package]
        else:
            facts[f"host package {package}"] = "missing"
            problems.append(f"the package `{package}` is not installed on this host")
            wanted[package] = None
    return HostToolchain(
        path=tuple(dict.fromkeys(each.directory for each in usable.values())),
        homes=tuple(dict.fromkeys(each.home for each in usable.values())),
        facts=tuple(sorted(facts.items())),
        problems=tuple(problems),
        packages=tuple(wanted),
    )


def find_tool(tool: HostTool) -> Found:
    """Find a program, behind a wrapper if it has one, and get its version."""
    directory, home = _locate(tool)
    if directory is None:
        return Found("", "", "", f"`{tool.name}` is not installed on this host")
    output = _output_of([f"{directory}/{tool.name}", *tool.version])
    if output is None:
        return Found("", "", "", f"`{tool.name}` does not report its version")
    version = "; ".join(line.strip() for line in output.splitlines() if line.strip())
    if tool.oldest and _numbers(version) < tool.oldest:
        oldest = ".".join(map(str, tool.oldest))
        return Found("", "", version, f"`{tool.name}` is older than {oldest}: {version}")
    return Found(str(directory), str(home), version)


def _locate(tool: HostTool) -> tuple[Path | None, Path | None]:
    if tool.home and (output := _output_of(tool.home)):
        home = Path(output.strip())
        if (home / "bin" / tool.name).is_file():
            return home / "bin", home
    from shutil import which  # noqa: PLC0415 - imports bz2 and lzma

    path = which(tool.name)
    if path is None:
        return None, None
    # resolve links such as those in `/etc/alternatives`
    return Path(path).parent, Path(path).resolve().parent


def _output_of(command: Sequence[str]) -> str | None:
    import subprocess  # noqa: PLC0415 - not needed to look up images

    try:
        done = subprocess.run(  # noqa: S603 - a program of the plugin's choice, no shell
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
            cwd="/",
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _numbers(version: str) -> tuple[int, ...]:
    found = _VERSION.search(version)
    return tuple(map(int, found[0].split("."))) if found else ()


def installed_packages(names: Sequence[str]) -> Mapping[str, str] | None:
    """The version of each installed Debian package; ``None`` without dpkg."""
    import subprocess  # noqa: PLC0415 - likewise
    from shutil import which  # noqa: PLC0415 - likewise

    if not names or which("dpkg-query") is None:
        return None if names else {}
    form = "-f=${db:Status-Abbrev}|${Package}|${Version}\\n"
    done = subprocess.run(  # noqa: S603 - names come as arguments, no shell
        ["dpkg-query", "-W", form, *names],  # noqa: S607
        check=False,
        capture_output=True,
        text=True,
    )
    lines = (line.split("|") for line in done.stdout.splitlines())
    return {name: version for status, name, version in lines if status.startswith(_STATUS)}
