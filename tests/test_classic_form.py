"""A short config produces the usual handwritten Dockerfile of a Go service."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild import cli

if TYPE_CHECKING:
    import pytest

BUILDER = """\
version: 1
workspace: classic
builders:
  go: {image: "golang:1.25-alpine"}
services:
"""
SERVICE = """\
  myapp:
    path: .
    options: {target: ./cmd/myapp}
    runtime: {base: "alpine:3.22", user: appuser, workdir: /app}
"""
DOCKERFILE = """\
# The context is the source root. A .dockerignore there may exclude files that are copied here:
# `msbuild export -o FILE` also writes FILE.dockerignore, which includes exactly the sources.

FROM golang:1.25-alpine AS go-toolchain
ENV OUT=/out \\
    CACHE=/cache \\
    CGO_ENABLED=0 \\
    GOCACHE=/cache/go-build \\
    GOMODCACHE=/cache/go-mod \\
    GOTOOLCHAIN=path
WORKDIR /work

FROM go-toolchain AS go-deps
COPY go.mod go.sum ./
RUN go mod download
RUN --network=none go list -e -export -trimpath github.com/google/uuid fmt runtime > /dev/null

FROM go-deps AS myapp-build
COPY cmd ./cmd
RUN --network=none go build -trimpath -buildvcs=false -ldflags='-s -w' -o "$OUT"/myapp ./cmd/myapp

FROM alpine:3.22 AS myapp
RUN echo appuser:x:10001:10001:appuser:/app:/sbin/nologin >> /etc/passwd && \
echo appuser:x:10001: >> /etc/group
WORKDIR /app
COPY --from=myapp-build /out/myapp ./myapp
USER 10001:10001
ENTRYPOINT ["./myapp"]
"""
MAIN = """\
package main

import (
	"fmt"

	"github.com/google/uuid"
)

func main() { fmt.Println(uuid.New()) }
"""


def test_a_short_config_produces_the_usual_handwritten_dockerfile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cmd/myapp").mkdir(parents=True)
    (tmp_path / "cmd/myapp/main.go").write_text(MAIN)
    module = "module example.com/myapp\n\ngo 1.25\n\nrequire github.com/google/uuid v1.6.0\n"
    (tmp_path / "go.mod").write_text(module)
    (tmp_path / "go.sum").write_text("github.com/google/uuid v1.6.0 h1:x=\n")
    (tmp_path / "msbuild.yaml").write_text(BUILDER + SERVICE)
    monkeypatch.chdir(tmp_path)
    assert len(SERVICE.splitlines()) <= 8
    assert cli.main(["export", "myapp"]) == 0
    text = capsys.readouterr().out
    assert text == DOCKERFILE
    hadolint = [str(Path(sys.executable).with_name("hadolint")), "-"]
    done = subprocess.run(hadolint, input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
