from __future__ import annotations

import json
from typing import Any

import pytest

from msbuild.execute.local.bases import Base
from msbuild.execute.local.image import config_bytes, manifest_bytes
from msbuild.execute.local.layers import Layer
from msbuild.model import Healthcheck, Runtime, User

LAYER = Layer("application/vnd.oci.image.layer.v1.tar+gzip", "sha256:aa", 7, "sha256:bb")


def config(runtime: Runtime, base: Base = Base()) -> dict[str, Any]:  # noqa: B008 - frozen
    data = config_bytes(
        runtime, base, [LAYER], history=["COPY x"], labels={"own": "1"}, platform="linux/arm64"
    )
    found: dict[str, Any] = json.loads(data)
    return found


def test_the_config_contains_all_settings_of_a_runtime() -> None:
    runtime = Runtime(
        user=User(1, 2, "x"),
        env={"B": "2", "A": "1"},
        ports=("8080", "53/udp", "9000-9001"),
        entrypoint=("./a",),
        command=("--serve",),
        labels={"own": "0", "theirs": "2"},
        healthcheck=Healthcheck(("./a", "--check"), interval=1.5, timeout=2, start_period=0),
    )
    found = config(runtime)
    assert (found["os"], found["architecture"]) == ("linux", "arm64")
    assert found["rootfs"]["diff_ids"] == ["sha256:bb"]
    assert found["config"] == {
        "User": "1:2",
        "WorkingDir": "/app",
        "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "A=1", "B=2"],
        "ExposedPorts": {"8080/tcp": {}, "53/udp": {}, "9000/tcp": {}, "9001/tcp": {}},
        "Entrypoint": ["./a"],
        "Cmd": ["--serve"],
        "ArgsEscaped": True,
        "Labels": {"own": "1", "theirs": "2"},
        "Healthcheck": {
            "Test": ["CMD", "./a", "--check"],
            "Interval": 1_500_000_000,
            "Timeout": 2_000_000_000,
            "Retries": 3,
        },
    }


def test_settings_of_the_base_are_changed_as_by_a_dockerfile() -> None:
    below = {
        "architecture": "arm64",
        "variant": "v8",
        "os": "linux",
        "config": {
            "Env": ["PATH=/bin", "A=0"],
            "Cmd": ["sh"],
            "Labels": {"base": "1"},
            "StopSignal": "SIGINT",
        },
        "rootfs": {"diff_ids": ["sha256:00"]},
        "history": [{"created_by": "base"}],
    }
    layers = ({"mediaType": "m", "digest": "sha256:zz", "size": 1},)
    base = Base(layers, below)
    found = config(Runtime(entrypoint=("./a",), env={"A": "1"}), base)
    settings = found["config"]
    assert settings["Env"] == ["PATH=/bin", "A=1"]
    assert "Cmd" not in settings
    assert settings["StopSignal"] == "SIGINT"
    assert settings["Labels"] == {"base": "1", "own": "1"}
    assert found["variant"] == "v8"
    assert found["rootfs"]["diff_ids"] == ["sha256:00", "sha256:bb"]
    assert [step["created_by"] for step in found["history"]] == ["base", "COPY x"]
    manifest = json.loads(manifest_bytes(("sha256:cc", 5), base, [LAYER], {}))
    assert [layer["digest"] for layer in manifest["layers"]] == ["sha256:zz", "sha256:aa"]


@pytest.mark.parametrize("workdir", ["/srv", "/"])
def test_the_config_has_the_working_directory(workdir: str) -> None:
    assert config(Runtime(workdir=workdir))["config"]["WorkingDir"] == workdir
