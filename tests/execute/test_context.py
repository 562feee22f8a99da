from __future__ import annotations

import io
import os
import tarfile
import threading
import time
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import BuildError
from msbuild.execute.api import Cancelled, Job, Silent
from msbuild.execute.context import MTIME, Context, pack
from msbuild.execute.job_run import JobRun
from msbuild.sources.tree import SourceTree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILES = {"s/0/a/x": "a/x", "s/0/a/run": "a/run", "s/0/link": "link", "s/1/copy": "a/x"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("x")
    (tmp_path / "a" / "run").write_text("#!/bin/sh")
    (tmp_path / "a" / "run").chmod(0o700)
    (tmp_path / "link").symlink_to("a/x")
    (tmp_path / "secret").write_text("not an input")
    return tmp_path


def packed(
    root: Path,
    files: Mapping[str, str] = FILES,
    *,
    hashes: Mapping[str, str] | None = None,
    cancelled: bool = False,
) -> Context:
    sources = SourceTree(root)
    cancel = threading.Event()
    if cancelled:
        cancel.set()
    seen = hashes or {path: sources.hash(path) for path in files.values()}
    job = Job("job", (), frozenset(), (), {}, {}, seen, {})
    return pack(JobRun(job, sources, None, Silent(), cancel), {".own": b"own"}, files)


def members(context: Context) -> list[tarfile.TarInfo]:
    with context, tarfile.open(fileobj=io.BytesIO(b"".join(context))) as archive:
        return archive.getmembers()


def test_a_context_contains_the_given_files_and_nothing_else(root: Path) -> None:
    found = members(packed(root))
    assert [(member.name, oct(member.mode), member.size, member.linkname) for member in found] == [
        (".own", "0o644", 3, ""),
        ("s", "0o755", 0, ""),
        ("s/0", "0o755", 0, ""),
        ("s/0/a", "0o755", 0, ""),
        ("s/0/a/run", "0o755", 9, ""),
        ("s/0/a/x", "0o644", 1, ""),
        ("s/0/link", "0o777", 0, "a/x"),
        ("s/1", "0o755", 0, ""),
        ("s/1/copy", "0o644", 1, ""),
    ]
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in found} == {(MTIME, 0, 0, "", "")}


def test_equal_sources_produce_equal_bytes(root: Path) -> None:
    with packed(root) as context:
        first = b"".join(context)
        assert len(context) == len(first)
        assert b"".join(context) == first
    os.utime(root / "a" / "x", (time.time(), 1))
    (root / "a" / "x").chmod(0o640)
    shuffled = dict(reversed(FILES.items()))
    with packed(root, shuffled) as context:
        assert b"".join(context) == first


def test_names_that_are_long_or_not_utf8_are_preserved(root: Path) -> None:
    odd = os.fsdecode(b"caf\xe9")
    long = "/".join(["directory"] * 20 + [odd])
    (root / odd).write_text("odd")
    found = members(packed(root, {f"s/0/{long}": odd}))
    assert found[-1].name == f"s/0/{long}"


@pytest.mark.parametrize("path", ["a/x", "a/run", "link"])
def test_a_file_that_changed_since_the_plan_is_refused(root: Path, path: str) -> None:
    sources = SourceTree(root)
    hashes = {source: sources.hash(source) for source in FILES.values()}
    (root / path).unlink()
    (root / path).write_text("x other")
    with pytest.raises(BuildError, match=f"`{path}` changed during the build") as failed:
        packed(root, hashes=hashes)
    assert (failed.value.stage, failed.value.hint) == ("s", "run again")


def test_a_file_that_lost_its_executable_bit_is_refused(root: Path) -> None:
    sources = SourceTree(root)
    hashes = {source: sources.hash(source) for source in FILES.values()}
    (root / "a" / "run").chmod(0o600)
    with pytest.raises(BuildError, match="`a/run` changed"):
        packed(root, hashes=hashes)


def test_a_deleted_file_is_refused(root: Path) -> None:
    sources = SourceTree(root)
    hashes = {source: sources.hash(source) for source in FILES.values()}
    (root / "a" / "x").unlink()
    with pytest.raises(BuildError, match="cannot read `a/x`"):
        packed(root, hashes=hashes)


def test_packing_can_be_cancelled(root: Path) -> None:
    with pytest.raises(Cancelled):
        packed(root, cancelled=True)


def test_a_large_context_is_spooled_to_disk(root: Path) -> None:
    (root / "big").write_bytes(os.urandom(1 << 20) * 40)
    with packed(root, {"s/0/big": "big"}) as context:
        assert sum(map(len, context)) == len(context) > 40 << 20
