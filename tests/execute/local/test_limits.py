from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.errors import ConfigErrors, EnvironmentFault
from msbuild.execute.local.limits import refuse
from msbuild.model import Location, Runtime, Service, Workspace

if TYPE_CHECKING:
    from pathlib import Path


def workspace(root: Path) -> Workspace:
    runtimes = {
        "plain": Runtime(),
        "odd": Runtime(base="debian", packages=("curl", "git")),
        "based": Runtime(base="alpine:3"),
    }
    services = {
        name: Service(name, "go", name, {}, (), runtime, (), Location("msbuild.yaml", 7, 3))
        for name, runtime in runtimes.items()
    }
    return Workspace("shop", root / "msbuild.yaml", root, None, "none", (), {}, {}, services)


def test_packages_in_an_image_take_a_container(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors) as caught:
        refuse(workspace(tmp_path), ["plain", "odd"], str)
    text = caught.value.render()
    assert "msbuild.yaml:7:3: service `odd` installs `curl`, `git` into its image" in text
    assert "--executor docker" in text


def test_what_was_not_asked_for_is_nobodys_business(tmp_path: Path) -> None:
    refuse(workspace(tmp_path), ["plain"], str)


def unknown(base: str) -> None:
    raise EnvironmentFault(f"the base image `{base}` cannot be found", hint="is it there?")


def test_a_base_that_cannot_be_had_is_told_with_its_service(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors) as caught:
        refuse(workspace(tmp_path), ["based"], unknown)
    text = caught.value.render()
    assert "msbuild.yaml:7:3: service `based` stands on `alpine:3`, which cannot be had" in text
    assert "hint: is it there?" in text


def test_a_base_of_the_lock_file_is_not_asked_for(tmp_path: Path) -> None:
    refuse(workspace(tmp_path), ["based"], unknown, {"alpine:3": "alpine:3@sha256:0"})
