"""A git repository with a Go workspace of three services, for tests that compare its commits."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONFIG = """\
version: 1
workspace: demo
builders:
  go: {image: "debian:trixie-slim", packages: [golang-go]}
services:
  a: {path: a}
  b: {path: b, assets: [data]}
  c: {path: c}
"""
MAIN = 'package main\n\nimport _ "demo/lib"\n\nfunc main() {}\n'
FILES = {
    "msbuild.yaml": CONFIG,
    "go.mod": "module demo\n\ngo 1.22\n",
    "lib/lib.go": "package lib\n",
    "a/main.go": MAIN,
    "b/main.go": MAIN,
    "b/data/x.json": "{}",
    "b/data/y.json": "{}",
    "c/main.go": "package main\n\nfunc main() {}\n",
    "README.md": "read me\n",
}


class Git:
    """A repository in a directory, with a first commit tagged `start`."""

    def __init__(self, root: Path, files: Mapping[str, str] = FILES) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.run("init", "--quiet", "--initial-branch=main")
        self.write(files)
        self.commit("start")
        self.run("tag", "start")

    def run(self, *arguments: str) -> str:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        done = subprocess.run(
            ["git", *identity, "-c", "protocol.file.allow=always", *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def write(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)

    def commit(self, message: str) -> None:
        self.run("add", "--all")
        self.run("commit", "--quiet", "--allow-empty", "-m", message)
