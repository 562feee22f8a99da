from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.errors import ConfigErrors
from msbuild.execute.local.limits import refuse
from msbuild.model import Location, Runtime, Service, Workspace

if TYPE_CHECKING:
    from pathlib import Path


def workspace(root: Path) -> Workspace:
    runtimes = {
        "plain": Runtime(),
        "odd": Runtime(base="debian", packages=("curl", "git")),
    }
    services = {
        name: Service(name, "go", name, {}, (), runtime, (), Location("msbuild.yaml", 7, 3))
        for name, runtime in runtimes.items()
    }
    return Workspace("shop", root / "msbuild.yaml", root, None, "none", (), {}, {}, services)


def test_packages_in_an_image_take_a_container(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors) as caught:
        refuse(workspace(tmp_path), ["plain", "odd"])
    text = caught.value.render()
    assert "msbuild.yaml:7:3: service `odd` installs `curl`, `git` into its image" in text
    assert "--executor docker" in text


def test_what_was_not_asked_for_is_nobodys_business(tmp_path: Path) -> None:
    refuse(workspace(tmp_path), ["plain"])
