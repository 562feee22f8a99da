"""Installs the Debian packages that the machine lacks for a Docker engine with BuildKit."""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from machine import apt
from machine.root import call, find
from machine.say import Problem, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OLDEST_ENGINE = 23  # the first that builds with BuildKit by default
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ETC_APT = Path("/etc/apt")
# trixie's runc is left out: it needs a newer libc than bookworm's
FROM_TRIXIE = "docker.io docker-cli docker-buildx containerd"


@dataclass(frozen=True)
class Need:
    """Something that the engine needs, and the packages that provide it, in order of preference."""

    what: str
    packages: tuple[str, ...]

    def is_met(self) -> bool:
        """Whether the machine has it."""
        if self.what == "dockerd":
            return major(dockerd_version()) >= OLDEST_ENGINE
        if self.what == "buildx":
            return find("docker") is not None and _succeeds("docker", "buildx", "version")
        return find(self.what) is not None


NEEDS = (
    Need("dockerd", ("docker.io",)),
    Need("docker", ("docker-cli", "docker.io")),
    Need("buildx", ("docker-buildx", "docker-buildx-v2")),
    Need("containerd", ("containerd",)),
    Need("runc", ("runc",)),
    Need("iptables", ("iptables",)),
    Need("ip", ("iproute2",)),
)


def install_missing() -> None:
    """Install what the engine lacks, if anything."""
    needs = [need for need in NEEDS if not need.is_met()]
    if not needs:
        return
    why = f"a Docker engine (missing: {', '.join(need.what for need in needs)})"
    if find("apt-get") is None:
        raise Problem(
            f"cannot install {why}: apt-get is not available",
            "start a Docker engine yourself and set DOCKER_HOST",
        )
    say(f"installing {why} from the distribution's packages")
    apt.update()
    if _is_new_enough(apt.candidate("docker.io")):
        apt.install_known(choose(needs), why)
    else:
        _install_from_trixie(needs, why)
    missing = [need.what for need in NEEDS if not need.is_met()]
    if missing:
        raise Problem(f"the installed packages do not provide {', '.join(missing)}")


def choose(needs: Sequence[Need], options: Sequence[str] = ()) -> list[str]:
    """The first available package of each need."""
    chosen: dict[str, None] = {}
    for need in needs:
        available = [name for name in need.packages if apt.candidate(name, options)]
        if not available:
            raise Problem(
                f"this machine's package sources have none of {', '.join(need.packages)}",
                "start a Docker engine yourself and set DOCKER_HOST",
            )
        chosen[available[0]] = None
    return list(chosen)


def dockerd_version() -> str:
    """The version of `dockerd`, or an empty string."""
    if find("dockerd") is None:
        return ""
    found = re.search(r"version (\S+?),", call("dockerd", "--version", check=False).stdout)
    return found[1] if found else ""


def major(version: str) -> int:
    """The leading number of a version, `26.1.5+dfsg1` or `5:26.1.5-1`; 0 without one."""
    found = re.match(r"(?:\d+:)?(\d+)\.", version)
    return int(found[1]) if found else 0


def _install_from_trixie(needs: Sequence[Need], why: str) -> None:
    if not KEYRING.is_file():
        raise Problem(
            f"this machine's docker.io is older than {OLDEST_ENGINE}, too old for BuildKit",
            "start a newer Docker engine yourself and set DOCKER_HOST",
        )
    say(f"this machine's docker.io is older than {OLDEST_ENGINE}: installing Debian 13's instead")
    with _sources_with_trixie() as options:
        apt.update(options)
        apt.install_known(choose(needs, options), why, options)


@contextmanager
def _sources_with_trixie() -> Iterator[list[str]]:
    """Options for apt that add Debian 13's sources, from a temporary directory."""
    with tempfile.TemporaryDirectory(prefix="msbuild-apt-") as name:
        private = Path(name)
        private.chmod(0o755)  # apt downloads as another user
        (private / "lists" / "partial").mkdir(parents=True)
        _copy_sources(private / "parts")
        _copy_preferences(private / "preferences")
        yield [
            f"-oDir::State::Lists={private / 'lists'}",
            "-oDir::Etc::SourceList=/dev/null",
            f"-oDir::Etc::SourceParts={private / 'parts'}",
            f"-oDir::Etc::PreferencesParts={private / 'preferences'}",
            "-oDir::Cache::pkgcache=",
            "-oDir::Cache::srcpkgcache=",
        ]


def _copy_sources(parts: Path) -> None:
    parts.mkdir()
    for pattern in ("sources.list", "sources.list.d/*.list", "sources.list.d/*.sources"):
        for file in ETC_APT.glob(pattern):
            shutil.copy(file, parts)
    (parts / "msbuild-trixie.sources").write_text(
        f"Types: deb\nURIs: {apt.debian_mirror()}\nSuites: trixie\nComponents: main\n"
        f"Signed-By: {KEYRING}\n"
    )


def _copy_preferences(parts: Path) -> None:
    parts.mkdir()
    for file in (ETC_APT / "preferences.d").glob("*"):
        shutil.copy(file, parts)
    (parts / "msbuild-trixie").write_text(
        "Package: *\nPin: release n=trixie\nPin-Priority: 50\n\n"
        f"Package: {FROM_TRIXIE}\nPin: release n=trixie\nPin-Priority: 990\n"
    )


def _is_new_enough(version: str | None) -> bool:
    return major(version or "") >= OLDEST_ENGINE


def _succeeds(*command: str) -> bool:
    return call(*command, check=False).returncode == 0
