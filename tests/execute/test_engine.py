from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import run
from typing import TYPE_CHECKING, Any

import pytest
from requests.exceptions import ConnectionError as RequestsConnectionError
from urllib3.exceptions import ProtocolError

from msbuild.errors import TransientError, UnavailableError
from msbuild.execute.docker import DockerExecutor, Engine
from msbuild.execute.docker.engine import connection_error
from tests.execute.fake_daemon import VERSION

if TYPE_CHECKING:
    from tests.execute.fake_daemon import FakeDaemon, Request


def executor(daemon: FakeDaemon, info: object = None, **version: object) -> DockerExecutor:
    daemon.on("GET /version", lambda request: request.json(VERSION | version))
    daemon.on("GET /info", lambda request: request.json(info or {"DriverStatus": [["x", "y"]]}))
    return DockerExecutor(Engine(daemon.address))


def test_describe_names_engine_version_and_platform(daemon: FakeDaemon) -> None:
    docker = executor(daemon, Arch="arm64")
    assert docker.describe() == "Docker 28.0.0 (API 1.48, linux/arm64)"
    assert docker.platform() == "linux/arm64"
    docker.close()


def test_the_version_is_requested_once(daemon: FakeDaemon) -> None:
    docker = executor(daemon)
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(lambda _: docker.platform(), range(8))) == {"linux/amd64"}
    assert daemon.asked == ["GET /version"]


def test_an_old_engine_is_refused(daemon: FakeDaemon) -> None:
    docker = executor(daemon, Version="20.10.24", ApiVersion="1.41")
    with pytest.raises(UnavailableError, match=r"Docker 20\.10\.24 is too old") as caught:
        docker.platform()
    assert "Docker 23" in str(caught.value.hint)


def test_podman_is_refused(daemon: FakeDaemon) -> None:
    docker = executor(daemon, Components=[{"Name": "Podman Engine"}])
    with pytest.raises(UnavailableError, match="Podman"):
        docker.images("shop")


@pytest.mark.parametrize(
    ("version", "fine"),
    [("26.1.5+dfsg1", False), ("27.4.1", False), ("27.5.0", True), ("28.0.0-rc.1", True)],
)
def test_the_containerd_store_needs_a_newer_engine(
    daemon: FakeDaemon, version: str, *, fine: bool
) -> None:
    store = {"DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]]}
    docker = executor(daemon, store, Version=version)
    if fine:
        assert version in docker.describe()
        return
    with pytest.raises(UnavailableError, match="containerd image store") as caught:
        docker.describe()
    assert "27.5" in str(caught.value.hint)


def test_a_missing_engine_is_reported(tmp_path: Path) -> None:
    docker = DockerExecutor(Engine({"base_url": f"unix://{tmp_path}/no.sock"}))
    with pytest.raises(UnavailableError, match="cannot connect to the engine") as caught:
        docker.describe()
    assert not isinstance(caught.value, TransientError)
    assert "start Docker" in str(caught.value.hint)


def test_a_permission_error_is_reported() -> None:
    cause = ProtocolError("Connection aborted.", PermissionError(13, "Permission denied"))
    error = connection_error(RequestsConnectionError(cause))
    assert error.message == "cannot connect to the engine: permission denied"
    assert "group `docker`" in str(error.hint)


def test_a_lost_connection_is_transient_if_the_engine_has_responded() -> None:
    refused = ConnectionRefusedError(111, "Connection refused")
    assert not isinstance(connection_error(refused), TransientError)
    assert isinstance(connection_error(refused, at_work=True), TransientError)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


def test_docker_host_selects_the_engine(
    daemon: FakeDaemon, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del home
    monkeypatch.setenv("DOCKER_HOST", f"unix://{daemon.socket}")
    assert Engine().version().version == "28.0.0"


@pytest.mark.parametrize("way", ["variable", "config"])
def test_the_docker_context_selects_the_engine(
    daemon: FakeDaemon, home: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    # the directory is the SHA-256 of the name
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    meta = home / "contexts" / "meta" / digest
    meta.mkdir(parents=True)
    endpoint = {"docker": {"Host": f"unix://{daemon.socket}", "SkipTLSVerify": False}}
    content: dict[str, Any] = {"Name": "test", "Metadata": {}, "Endpoints": endpoint}
    (meta / "meta.json").write_text(json.dumps(content))
    if way == "variable":
        monkeypatch.setenv("DOCKER_CONTEXT", "test")
        (home / "config.json").write_text("{}")
    else:
        (home / "config.json").write_text('{"currentContext": "test"}')
    assert Engine().version().version == "28.0.0"


def test_a_missing_context_is_reported(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del home
    monkeypatch.setenv("DOCKER_CONTEXT", "missing")
    with pytest.raises(UnavailableError, match="the Docker context `missing` does not exist"):
        Engine().version()


def test_errors_of_the_engine_are_quoted(daemon: FakeDaemon) -> None:
    docker = executor(daemon)
    daemon.on("GET /images/json", lambda request: request.fail("the store is locked"))
    with pytest.raises(UnavailableError, match="the engine reported an error: the store is locked"):
        docker.images("shop")


def test_a_client_is_not_reused_after_an_error(daemon: FakeDaemon) -> None:
    docker = executor(daemon)
    answers = iter([b"{", b"[]"])

    def answer(request: Request) -> None:
        request.begin()
        request.send_raw(next(answers))
        if b"{" in request.handler.daemon.asked[-1].encode():
            return
        request.end()

    daemon.on("GET /images/json", answer)
    with pytest.raises(UnavailableError):
        docker.images("shop")
    assert docker.images("shop") == []


def test_docker_is_not_imported_by_the_cli() -> None:
    code = "import sys, msbuild.cli, msbuild.execute.api; sys.exit('docker' in sys.modules)"
    assert (
        run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2]).returncode
        == 0
    )
