from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from msbuild.execute.local.layers import Entry, LayerPacker
from msbuild.execute.local.layout import Blobs

if TYPE_CHECKING:
    from pathlib import Path

NAMES = st.text("abcß .-_", min_size=1, max_size=12).filter(lambda name: name not in {".", ".."})
FILES = st.dictionaries(NAMES, st.binary(max_size=64), min_size=1, max_size=6)


def packer(root: Path) -> LayerPacker:
    return LayerPacker(Blobs(root / "oci"), root / "layers")


@given(files=FILES, seed=st.randoms())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_layer_does_not_depend_on_the_order_of_its_files(
    tmp_path: Path, files: dict[str, bytes], seed: object
) -> None:
    entries = [Entry.of(f"/app/{name}", "file", data) for name, data in files.items()]
    mixed = list(entries)
    seed.shuffle(mixed)  # type: ignore[attr-defined]
    root = tmp_path / hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:8]
    layer = packer(root / "a").pack(entries)
    assert packer(root / "b").pack(mixed) == layer
    data = Blobs(root / "a" / "oci").read(layer.digest)
    assert f"sha256:{hashlib.sha256(gzip.decompress(data)).hexdigest()}" == layer.diff_id
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        found = {m.name: archive.extractfile(m) for m in archive if m.isfile()}
        read = {name: file.read() for name, file in found.items() if file}
    assert read == {f"app/{name}": content for name, content in files.items()}


def test_the_gzip_header_has_no_name_or_time(tmp_path: Path) -> None:
    layer = packer(tmp_path).pack([Entry.of("/x", "file", b"x")])
    header = Blobs(tmp_path / "oci").read(layer.digest)[:10]
    assert header[3] == 0  # no name
    assert header[4:8] == b"\0\0\0\0"  # no time


@pytest.mark.parametrize("kind", ["file", "executable", "link"])
def test_an_entry_has_the_type_and_mode_of_its_kind(tmp_path: Path, kind: str) -> None:
    layer = packer(tmp_path).pack([Entry.of("/x", kind, b"target")])
    data = Blobs(tmp_path / "oci").read(layer.digest)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        member = archive.getmember("x")
    assert member.issym() == (kind == "link")
    assert member.mode == {"file": 0o644, "executable": 0o755, "link": 0o777}[kind]


def test_a_layer_with_a_damaged_note_or_blob_is_packed_again(tmp_path: Path) -> None:
    entry = Entry.of("/x", "file", b"x")
    layer = packer(tmp_path).pack([entry])
    (note,) = (tmp_path / "layers").iterdir()
    note.write_text("{")
    assert packer(tmp_path).pack([entry]) == layer
    Blobs(tmp_path / "oci").path(layer.digest).write_bytes(b"")
    assert packer(tmp_path).pack([entry]) == layer
    assert Blobs(tmp_path / "oci").intact(layer.digest)
