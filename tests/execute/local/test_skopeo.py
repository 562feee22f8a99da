"""Errors of skopeo, which is replaced by a script."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from msbuild.errors import TransientError, UnavailableError
from msbuild.execute.local.skopeo import Skopeo
from msbuild.registry.retrying import RetryPolicy

DIGEST = f"sha256:{'a' * 64}"
QUICK = RetryPolicy(tries=6, first=0.001, longest=0.001, in_a_row=3)
TAG = "registry.example.com/team/api:v1"
SCRIPT = """#!/bin/sh
echo "$@" >> {log}
line=$(head -n 1 {answers}); sed -i 1d {answers}
case $line in
fail*) echo "time=\\"x\\" level=fatal msg=\\"${{line#fail }}\\"" >&2; exit 1 ;;
*) echo "$line" ;;
esac
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "bin/skopeo"
    program.parent.mkdir()
    program.write_text(SCRIPT.format(log=tmp_path / "log", answers=tmp_path / "answers"))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return tmp_path / "log"


def answers(log: Path, *lines: str) -> Skopeo:
    log.with_name("answers").write_text("".join(f"{line}\n" for line in lines))
    return Skopeo("linux/amd64", policy=QUICK)


def calls(log: Path) -> list[str]:
    return [line.split()[4] for line in log.read_text().splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        "Get https://r/v2/: EOF",
        "unexpected EOF",
        "invalid status code from registry 503 (Service Unavailable)",
        "can't talk to a V1 container registry",
        "invalid character '<' looking for beginning of value",
        "connection reset by peer",
        "toomanyrequests: slow down",
        "reading manifest: unauthorized: authentication required",
        "an unknown error",
    ],
)
def test_transient_errors_are_retried(log: Path, text: str) -> None:
    skopeo = answers(log, f"fail {text}", f"fail {text}", DIGEST)
    assert skopeo.digest("debian:1") == DIGEST
    assert calls(log) == ["inspect"] * 3


@pytest.mark.parametrize(
    ("text", "tries"),
    [
        ("manifest unknown", 3),
        ("denied: requested access to the resource is denied", 3),
        ("an unknown error", 3),
        ("x509: certificate signed by unknown authority", 1),
        ("write /x: no space left on device", 1),
    ],
)
def test_permanent_errors_are_retried_at_most_twice(log: Path, text: str, tries: int) -> None:
    skopeo = answers(log, *[f"fail {text}"] * 9)
    with pytest.raises(UnavailableError, match=text.split(":", maxsplit=1)[0]) as caught:
        skopeo.digest("debian:1")
    assert not isinstance(caught.value, TransientError)
    assert "level=fatal" not in caught.value.message
    assert len(calls(log)) == tries


def push(skopeo: Skopeo) -> None:
    skopeo.push(Path("/layout"), TAG, DIGEST, lambda _line: None)


def test_a_push_succeeds_only_if_the_registry_has_the_image(log: Path) -> None:
    push(answers(log, "", f"sha256:{'b' * 64}", "", "fail manifest unknown",
                 "fail manifest unknown", "fail manifest unknown", "", DIGEST))  # fmt: skip
    assert calls(log) == ["copy", "inspect", "copy", *["inspect"] * 3, "copy", "inspect"]


def test_a_write_only_account_can_push(log: Path) -> None:
    push(answers(log, *["", *["fail denied"] * 3] * 3))
    assert calls(log) == ["copy", *["inspect"] * 3] * 3


def test_a_single_failed_login_is_retried(log: Path) -> None:
    denied, unknown = ["", *["fail denied"] * 3], ["", *["fail manifest unknown"] * 3]
    push(answers(log, *denied, *unknown, *denied, "", DIGEST))
    assert calls(log).count("copy") == 4


@pytest.mark.parametrize(
    ("reference", "flag"),
    [
        ("localhost:5000/a:1", True),
        ("127.0.0.1:5000/a@sha256:0", True),
        ("localhost.evil.example/a:1", False),
        ("127.0.0.1.nip.io/a:1", False),
        ("localhost:5000", False),
        ("debian:trixie", False),
    ],
)
def test_only_registries_on_this_machine_may_use_plain_http(
    log: Path, reference: str, *, flag: bool
) -> None:
    answers(log, DIGEST).digest(reference)
    assert ("--tls-verify=false" in log.read_text()) == flag


def test_skopeo_is_not_called_offline(log: Path) -> None:
    with pytest.raises(UnavailableError, match="registries are not contacted offline"):
        Skopeo("linux/amd64", offline=True).digest("debian:1")
    assert not log.exists()
