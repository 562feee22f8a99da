"""Git's config and the ignore files outside of a tree.

That is git's config, ``info/exclude`` of a repository, and the user's own ignore file, which the
config can name. Every file that is read is recorded, so that a later run notices changes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msbuild.errors import UnavailableError
from msbuild.sources.git import CAUTIOUS, git
from msbuild.sources.ignore_rules import RuleFile
from msbuild.state.file_stat import content_digest
from msbuild.state.files import read_if_regular

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from msbuild.sources.git import GitDirectories
    from msbuild.state.file_stat import StatCache

_NAMED = (
    *("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"),
    *("GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"),
)
_NUMBERED = ("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")
# a config without any of these words does not affect what is ignored
_RELEVANT = (b"excludesfile", b"include", b"ignorecase", b"worktreeconfig")


class Config(NamedTuple):
    """The settings of git's config about ignored files.

    Attributes:
        file: the user's own ignore file, absolute; empty if there is none.
        ignore_case: whether case is ignored in names.
    """

    file: str
    ignore_case: bool


def variables() -> frozenset[str]:
    """The environment variables that affect git's config."""
    numbered = (name for name in os.environ if name.startswith(_NUMBERED))
    return frozenset((*_NAMED, *numbered))


def read_config(directory: str, repository: GitDirectories | None, stat_cache: StatCache) -> Config:
    """The config that applies in a directory.

    Args:
        directory: absolute.
        repository: the repository that it is in.
        stat_cache: records the files of the config.
    """
    settings: dict[str, str] = {}
    for path in _config_locations(repository):
        record(path, stat_cache)
    for origin, name, value in _config(directory):
        if origin:
            record(os.path.join(directory, origin), stat_cache)  # noqa: PTH118
        if name == "include.path" or (name.startswith("includeif.") and name.endswith(".path")):
            beside = os.path.dirname(os.path.join(directory, origin))  # noqa: PTH118, PTH120
            record(os.path.join(beside, os.path.expanduser(value)), stat_cache)  # noqa: PTH111, PTH118
        if name.startswith("includeif.onbranch:") and repository:
            record(os.path.join(repository.own, "HEAD"), stat_cache)  # noqa: PTH118
        settings[name] = value
    named = settings.get("core.excludesfile", _home_file("ignore"))
    file = os.path.expanduser(named)  # noqa: PTH111
    top = repository.top if repository else directory
    ignore_case = settings.get("core.ignorecase", "false").lower()
    return Config(
        os.path.join(top, file) if file else "",  # noqa: PTH118
        ignore_case in {"true", "yes", "on", "1", ""},
    )


def has_own_settings(repository: GitDirectories, stat_cache: StatCache) -> bool:
    """Whether the repository's own config may affect what is ignored."""
    path = os.path.join(repository.common, "config")  # noqa: PTH118
    record(path, stat_cache)
    text = (read_if_regular(path) or b"").lower()
    return any(word in text for word in _RELEVANT)


def rule_files(
    config: Config, repository: GitDirectories | None, root: str, stat_cache: StatCache
) -> Iterator[RuleFile]:
    """The rules that apply in all of a repository, lowest precedence first.

    Args:
        config: git's config.
        repository: the repository; ``None`` outside of any.
        root: the source root, to name the files relative to it.
        stat_cache: records the files.
    """
    paths = [config.file] if config.file else []
    if repository:
        paths.append(os.path.join(repository.common, "info", "exclude"))  # noqa: PTH118
    for path in paths:
        if found := rule_file(path, root, stat_cache, ignore_case=config.ignore_case):
            yield found


def rule_file(path: str, root: str, stat_cache: StatCache, *, ignore_case: bool) -> RuleFile | None:
    """The rules of a file outside of the tree, if it has any."""
    record(path, stat_cache)
    data = read_if_regular(path)
    if data is None:
        return None
    above = os.path.commonpath([os.path.dirname(path), root])  # noqa: PTH120
    shown = os.path.relpath(path, root) if len(above) > 1 else path
    return RuleFile(shown, data, ignore_case=ignore_case) or None


def record(path: str, stat_cache: StatCache) -> None:
    """Record a file, whether or not it exists."""
    stat_cache.record_external(path)
    # git rewrites its config without changing it, so the content counts
    stat_cache.record_content(path, content_digest(os.path.realpath(path)))


def _config_locations(repository: GitDirectories | None) -> Iterator[str]:
    """Where git looks for its config: a file may appear at any of these paths."""
    environment: Mapping[str, str] = os.environ
    if environment.get("GIT_CONFIG_NOSYSTEM", "").lower() in {"", "0", "false", "no", "off"}:
        yield environment.get("GIT_CONFIG_SYSTEM") or "/etc/gitconfig"
    if chosen := environment.get("GIT_CONFIG_GLOBAL"):
        yield os.path.abspath(chosen)  # noqa: PTH100
    elif "GIT_CONFIG_GLOBAL" not in environment:
        if place := _home_file("config"):
            yield place
        if home := environment.get("HOME"):
            yield os.path.join(home, ".gitconfig")  # noqa: PTH118
    if repository:
        yield os.path.join(repository.common, "config")  # noqa: PTH118
        yield os.path.join(repository.own, "config.worktree")  # noqa: PTH118


def _home_file(name: str) -> str:
    """A git file in the user's config directory; empty for a user without a home."""
    base = os.environ.get("XDG_CONFIG_HOME")
    if not base:
        home = os.environ.get("HOME")
        base = f"{home}/.config" if home else ""
    return os.path.abspath(f"{base}/git/{name}") if base else ""  # noqa: PTH100


def _config(directory: str) -> Iterator[tuple[str, str, str]]:
    """Every setting: its file, its name in lower case, its value."""
    try:
        words = ("config", "--list", "--show-origin", "-z")
        listed = git(Path(directory), *CAUTIOUS, *words).stdout.split("\0")
    except UnavailableError:
        return
    for origin, setting in zip(listed[::2], listed[1::2], strict=False):
        name, _, value = setting.partition("\n")
        kind, _, path = origin.partition(":")
        section, _, key = name.rpartition(".")
        head = section.split(".")[0].lower()
        name = f"{head}{section[len(head) :]}.{key.lower()}"
        yield (path if kind == "file" else ""), name, value
