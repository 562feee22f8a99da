"""Errors on a host that cannot trace, and how a step is wrapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.errors import UnavailableError
from msbuild.execute.local.isolation import Bubblewrap, Directory
from msbuild.execute.local.sandboxes import Sandbox, SandboxAccess
from msbuild.verify.strace import TRACE_DIRECTORY, TracedIsolation, find_strace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 'case "$1" in -V) echo "strace -- version {}"; exit 0 ;; esac\n'


@pytest.fixture(autouse=True)
def unknown() -> Iterator[None]:
    find_strace.cache_clear()
    yield
    find_strace.cache_clear()


def fake_strace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> str:
    program = tmp_path / "strace"
    program.write_text(f"#!/bin/sh\n{script}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return str(program)


def test_a_missing_strace_is_an_error_with_the_package_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError) as caught:
        find_strace()
    assert "not installed on this host" in caught.value.message
    assert caught.value.hint == "`apt-get install strace`"
    assert caught.value.exit_code == 3


def test_a_strace_that_is_too_old_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_strace(tmp_path, monkeypatch, VERSION.format("4.26"))
    with pytest.raises(UnavailableError, match=r"older than 5\.3"):
        find_strace()


def test_a_system_that_forbids_tracing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = VERSION.format("6.13") + "echo 'strace: ptrace: Operation not permitted' >&2\nexit 1\n"
    fake_strace(tmp_path, monkeypatch, script)
    with pytest.raises(UnavailableError) as caught:
        find_strace()
    assert "Operation not permitted" in caught.value.message
    assert "--cap-add SYS_PTRACE" in str(caught.value.hint)


@pytest.mark.parametrize("inner", [Directory(), Bubblewrap("/usr/bin/bwrap")])
def test_each_step_is_traced_inside_its_isolation_into_its_own_file(
    inner: Directory | Bubblewrap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = fake_strace(tmp_path, monkeypatch, VERSION.format("6.13") + "exit 0\n")
    isolation = TracedIsolation(inner, tmp_path / "traces")
    sandbox, script = Sandbox(tmp_path / "sandbox"), tmp_path / "step.sh"
    for number in range(2):
        command = list(isolation.command(sandbox, script, SandboxAccess()))
        plain = list(inner.command(sandbox, script, SandboxAccess()))
        at = command.index(program)
        # the same isolation around it, the same shell after it
        assert command[-2:] == plain[-2:]
        assert command[0] == (plain[0] if at else program)
        trace = command[command.index("-o") + 1]
        assert trace == f"{inner.seen(sandbox).cache}/{TRACE_DIRECTORY}/{number}.trace"
    assert isolation.traces == [tmp_path / "traces/0.trace", tmp_path / "traces/1.trace"]
    assert isolation.root == str(inner.seen(sandbox).work)
