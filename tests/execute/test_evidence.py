from __future__ import annotations

import socket
import tempfile
from typing import TYPE_CHECKING

import pytest

from msbuild.execute import evidence

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setattr(evidence, "DEFAULT_SOCKET", str(tmp_path / "none.sock"))


def test_a_missing_socket_has_no_engine() -> None:
    assert not evidence.engine_may_be_running()


def test_a_socket_without_a_server_has_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    assert not evidence.engine_may_be_running()


def test_a_served_socket_may_have_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        tempfile.TemporaryDirectory() as directory,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server,
    ):
        server.bind(f"{directory}/engine.sock")
        server.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{directory}/engine.sock")
        assert evidence.engine_may_be_running()


@pytest.mark.parametrize("name", ["DOCKER_HOST", "DOCKER_CONTEXT"])
def test_remote_engines_cannot_be_ruled_out(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, {"DOCKER_HOST": "tcp://host:1"}.get(name, "far"))
    assert evidence.engine_may_be_running()


def test_a_context_from_the_docker_config_cannot_be_ruled_out(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"currentContext": "default"}')
    assert not evidence.engine_may_be_running()
    (tmp_path / "config.json").write_text('{"currentContext": "far"}')
    assert evidence.engine_may_be_running()
