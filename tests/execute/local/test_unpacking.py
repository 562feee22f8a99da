"""Layers of untrusted images."""

from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import UnavailableError
from msbuild.execute.local.unpacking import find_in_layer, unpack

if TYPE_CHECKING:
    from pathlib import Path

FILE, LINK, HARD, DIRECTORY = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE


def member(name: str, kind: bytes = FILE, link: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, mode
    info.size = 4 if kind == FILE else 0
    return info


def layer(*members: tarfile.TarInfo) -> tarfile.TarFile:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for one in members:
            archive.addfile(one, io.BytesIO(b"data"))
    stream.seek(0)
    return tarfile.open(fileobj=stream)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    (tmp_path / "victim").mkdir(mode=0o700)
    (tmp_path / "victim/key").write_text("secret")
    return tmp_path / "root"


def test_a_directory_replaces_a_link_and_has_its_own_mode(root: Path) -> None:
    victim = root.parent / "victim"
    unpack(layer(member("x", LINK, str(victim)), member("x", DIRECTORY, mode=0o777)), root)
    assert victim.stat().st_mode & 0o777 == 0o700
    assert (root / "x").is_dir()
    assert not (root / "x").is_symlink()


@pytest.mark.parametrize("link", ["x/key", "../victim/key", "/x/key"])
def test_a_hard_link_refers_to_a_file_of_the_image(root: Path, link: str) -> None:
    victim = root.parent / "victim"
    archive = layer(member("x", LINK, str(victim)), member("stolen", HARD, link))
    with pytest.raises(UnavailableError, match="cannot unpack `stolen`"):
        unpack(archive, root)
    assert (victim / "key").stat().st_nlink == 1


@pytest.mark.parametrize("name", ["x/new", "x/deep/new", "../../new", "/new"])
@pytest.mark.parametrize("target", ["/", "../..", "../victim"])
def test_nothing_is_written_outside(root: Path, name: str, target: str) -> None:
    before = sorted(root.parent.rglob("*"))
    unpack(layer(member("x", LINK, target), member("victim", DIRECTORY), member(name)), root)
    outside = [path for path in root.parent.rglob("*") if not path.is_relative_to(root)]
    assert sorted(outside) == [path for path in before if not path.is_relative_to(root)]


@pytest.mark.parametrize(
    "name", ["x/.wh.key", ".wh...", ".wh..", "x/.wh..wh..opq", "../.wh.victim"]
)
def test_whiteouts_do_not_remove_files_of_the_host(root: Path, name: str) -> None:
    victim = root.parent / "victim"
    unpack(layer(member("x", LINK, str(victim)), member(name)), root)
    assert (victim / "key").read_text() == "secret"


def test_an_opaque_directory_hides_only_lower_layers(root: Path) -> None:
    unpack(layer(member("d/old"), member("d/deep/old")), root)
    unpack(layer(member("d/new"), member("d/.wh..wh..opq"), member("d/newer")), root)
    assert sorted(path.name for path in (root / "d").iterdir()) == ["new", "newer"]


def test_special_files_and_permission_bits_are_skipped(root: Path) -> None:
    devices = (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
    special = [member(f"d{number}", kind) for number, kind in enumerate(devices)]
    unpack(layer(*special, member("su", mode=0o6755)), root)
    assert [path.name for path in root.iterdir()] == ["su"]
    assert oct((root / "su").stat().st_mode)[-4:] == "0755"


def test_names_with_invalid_utf8_or_line_breaks_are_unpacked(root: Path) -> None:
    unpack(layer(member("a\nb"), member(os.fsdecode(b"x\xff"))), root)
    assert sorted(os.fsencode(path.name) for path in root.iterdir()) == [b"a\nb", b"x\xff"]


@pytest.mark.parametrize(
    ("members", "answer"),
    [
        ([member("etc/passwd")], (b"data", True)),
        ([member("./etc/passwd")], (b"data", True)),
        ([member("etc/other")], (None, False)),
        ([member("etc/.wh.passwd")], (None, True)),
        ([member(".wh.etc")], (None, True)),
        ([member("etc/.wh..wh..opq")], (None, True)),
        ([member("etc/.wh..wh..opq"), member("etc/passwd")], (b"data", True)),
        ([member("etc", LINK, "usr/etc")], ("/usr/etc/passwd", False)),
        ([member("etc/passwd", LINK, "../lib/passwd")], ("/lib/passwd", False)),
        ([member("etc/passwd", LINK, "../../../host")], ("/host", False)),
        ([member("x"), member("etc/passwd", HARD, "x")], ("x", True)),
    ],
)
def test_a_file_of_a_base_image_is_the_one_that_a_container_sees(
    members: list[tarfile.TarInfo], answer: tuple[object, bool]
) -> None:
    assert find_in_layer(layer(*members), "etc/passwd") == answer
