"""Distributions of the project, and environments outside the repository to install them in."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def build(source: Path, directory: Path) -> list[Path]:
    """The sdist and the wheel of a source tree, built with its own backend and no network."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(directory)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    return sorted(directory.iterdir(), key=lambda file: file.suffix)


@dataclass
class Installation:
    """A virtual environment with a wheel, the wheel's dependencies, and nothing else."""

    directory: Path
    home: Path

    @property
    def packages(self) -> Path:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.directory / "lib" / version / "site-packages"

    def run(self, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment as a user without the rest of the project would."""
        program, *arguments = command
        return subprocess.run(
            [str(self.directory / "bin" / program), *arguments],
            cwd=cwd,
            env={"HOME": str(self.home), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


def install(wheel: Path, directory: Path) -> Installation:
    """Install a wheel into a new environment, its dependencies copied from the running one."""
    installation = Installation(directory / "venv", directory / "home")
    installation.home.mkdir(parents=True)
    venv.create(installation.directory, symlinks=True, with_pip=False)
    python = str(installation.directory / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)],
        cwd=directory,
        check=True,
        capture_output=True,
    )
    installed = importlib.metadata.distributions(path=[str(installation.packages)])
    copy_dependencies(next(iter(installed)).requires or [], installation.packages, set())
    return installation


def copy_dependencies(requirements: list[str], target: Path, done: set[str]) -> None:
    """Copy the packages of some requirements and their dependencies, without unrequested extras."""
    for requirement in map(Requirement, requirements):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        if requirement.name in done:
            continue
        done.add(requirement.name)
        distribution = importlib.metadata.distribution(requirement.name)
        for file in distribution.files or []:
            if ".." not in file.parts:
                place = target / file
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), place)
        copy_dependencies(distribution.requires or [], target, done)
