from __future__ import annotations

from pathlib import Path

import pytest

from msbuild.commands.workspace import find_config
from msbuild.errors import ConfigError


def find_from(start: Path, file: Path | None = None) -> Path:
    return Path(find_config(str(start), file))


def refused(start: Path, file: Path | None = None) -> tuple[str, str | None]:
    with pytest.raises(ConfigError) as caught:
        find_from(start, file)
    return caught.value.message, caught.value.hint


def test_the_nearest_config_above_is_found(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "msbuild.yaml").touch()
    assert find_from(below) == tmp_path / "msbuild.yaml"
    (tmp_path / "a" / "msbuild.yaml").touch()
    assert find_from(below) == tmp_path / "a" / "msbuild.yaml"
    (below / "msbuild.yaml").mkdir()
    assert find_from(below) == tmp_path / "a" / "msbuild.yaml"


def test_a_config_can_be_selected(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").touch()
    assert find_from(tmp_path, Path("other.yaml")) == tmp_path / "other.yaml"
    assert find_from(Path("/"), tmp_path / "other.yaml") == tmp_path / "other.yaml"


def test_a_missing_config_is_an_error(tmp_path: Path) -> None:
    message, hint = refused(tmp_path)
    assert message == f"cannot find `msbuild.yaml` in `{tmp_path}` or any parent directory"
    assert hint == "`cd` to a workspace, or use `--file`"


@pytest.mark.parametrize("name", ["msbuild.yml", ".msbuild.yaml"])
def test_a_config_with_another_name_is_suggested(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    assert refused(tmp_path)[1] == f"rename `{name}`"


def test_a_selected_config_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").touch()
    (tmp_path / "dir").mkdir()
    assert refused(tmp_path, Path("shp.yaml")) == (
        "`shp.yaml` does not exist",
        "did you mean `shop.yaml`?",
    )
    assert refused(tmp_path, Path("dir")) == (
        "`dir` is a directory",
        "use the file in it: `dir/msbuild.yaml`",
    )
    message, hint = refused(tmp_path, Path("no/msbuild.yaml"))
    assert message == "`no/msbuild.yaml` does not exist"
    assert hint == f"nor does `{tmp_path}/no`"
