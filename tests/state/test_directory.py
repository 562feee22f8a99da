"""The state directory: links in it are not followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.execute.local.files import make_directory
from msbuild.state.directory import state_directory

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("target", [".gitignore", "../elsewhere"])
def test_a_link_in_the_place_of_the_ignore_file_is_replaced(tmp_path: Path, target: str) -> None:
    (tmp_path / ".msbuild").mkdir()
    (tmp_path / ".msbuild/.gitignore").symlink_to(target)
    directory = state_directory(tmp_path)
    assert (directory / ".gitignore").read_text() == "*\n"
    assert not (tmp_path / "elsewhere").exists()


def test_a_directory_is_made_where_a_link_leads_to_itself(tmp_path: Path) -> None:
    (tmp_path / "oci").symlink_to("oci")
    make_directory(tmp_path / "oci/blobs/sha256")
    assert (tmp_path / "oci/blobs/sha256").is_dir()
