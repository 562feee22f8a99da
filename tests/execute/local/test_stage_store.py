"""Stored results of stages are used only if they are undamaged."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from msbuild.execute.local.files import remove_tree
from msbuild.model import CopyArtifact
from tests.execute.local.conftest import Bench, build, deps, runtime, script, toolchain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LEAVE = script(
    'mkdir -p "$CACHE"/d "$OUT"/e; echo lib > "$CACHE"/d/lib; echo gen > gen; echo o > "$OUT"/o'
)
USE = script('cat "$CACHE"/d/lib gen "$OUT"/o > "$OUT"/a')
RIGHT = "lib\ngen\no\n"


def make(bench: Bench, text: str = "1") -> str:
    """Build a service and return what it reads from its dependencies; a new text changes it."""
    use = script(f"{USE.script}; : {text}")
    bench.make(toolchain(), deps(LEAVE), build(use, base="sh-deps"), runtime())
    kept = max(bench.store.stages.glob("*/out/a"), key=lambda path: path.stat().st_mtime_ns)
    return kept.read_text()


def flip(place: Path) -> None:
    data = bytearray(place.read_bytes())
    data[len(data) // 2] ^= 4
    with place.open("r+b") as file:
        file.write(data)


def instead(kind: str) -> Callable[[Path], None]:
    def change(place: Path) -> None:
        remove_tree(place)
        match kind:
            case "directory":
                place.mkdir()
            case "fifo":
                os.mkfifo(place)
            case "link":
                place.symlink_to("/etc/passwd")
            case "empty":
                place.touch()

    return change


DAMAGE = {
    "flipped": flip,
    "gone": remove_tree,
    "cut": lambda place: os.truncate(place, 1),
    "mode": lambda place: place.chmod(0o755),
    "touched": lambda place: os.utime(place, (1, 1)),
    **{kind: instead(kind) for kind in ("directory", "fifo", "link", "empty")},
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("what", ["cache/d/lib", "work/gen", "out/o", "done.json", "below.json"])
def test_a_damaged_stage_result_is_rebuilt(bench: Bench, what: str, how: str) -> None:
    assert make(bench) == RIGHT
    (note,) = bench.store.stages.glob("*/below.json")
    DAMAGE[how](note.parent / what)
    assert make(bench, "2") == RIGHT
    assert make(bench, "3") == RIGHT


@pytest.mark.parametrize("what", ["cache", "work", "out", "cache/d", "."])
@pytest.mark.parametrize("kind", ["gone", "fifo", "link"])
def test_files_in_place_of_directories_are_replaced(bench: Bench, what: str, kind: str) -> None:
    assert make(bench) == RIGHT
    (note,) = bench.store.stages.glob("*/below.json")
    instead(kind)(note.parent / what)
    assert make(bench, "2") == RIGHT


@pytest.mark.parametrize("where", ["cache/more", "work/more", "out/more"])
def test_an_added_file_is_damage(bench: Bench, where: str) -> None:
    assert make(bench) == RIGHT
    (note,) = bench.store.stages.glob("*/below.json")
    (note.parent / where).touch()
    assert make(bench, "2") == RIGHT
    (note,) = bench.store.stages.glob("*/below.json")
    assert not (note.parent / where).exists()


def test_the_result_of_another_stage_is_not_used(bench: Bench) -> None:
    assert make(bench) == RIGHT
    (first,) = (note.parent for note in bench.store.stages.glob("*/below.json"))
    bench.make(toolchain(), deps(script('mkdir "$CACHE"/d; echo evil > "$CACHE"/d/lib; cd "$OUT"; '
                                        "echo x > o")))  # fmt: skip
    (other,) = (n.parent for n in bench.store.stages.glob("*/below.json") if n.parent != first)
    remove_tree(first)
    other.rename(first)
    assert make(bench, "2") == RIGHT


def test_a_result_that_was_moved_with_its_times_is_valid(bench: Bench) -> None:
    assert make(bench) == RIGHT
    (note,) = bench.store.stages.glob("*/below.json")
    before = json.loads(note.read_text())
    lib = note.parent / "cache/d/lib"
    copy = lib.with_name("copy")
    copy.write_bytes(lib.read_bytes())
    os.utime(copy, ns=(lib.stat().st_mtime_ns,) * 2)
    copy.replace(lib)
    assert make(bench, "2") == RIGHT
    after = json.loads(note.read_text())
    assert after["cache"]["d/lib"][:4] == before["cache"]["d/lib"][:4]
    assert after["cache"]["d/lib"] != before["cache"]["d/lib"]


def test_a_note_of_another_layer_is_ignored(bench: Bench) -> None:
    stages = (toolchain(), build(script('echo > "$OUT/a"')), runtime())
    image = bench.make(*stages).image
    (note,) = bench.store.layers.iterdir()
    value = json.loads(note.read_text())
    value["layer"]["diff_id"] = f"sha256:{'0' * 64}"
    note.write_text(json.dumps(value))
    bench.executor.index.forget(["shop/a:latest"])
    assert bench.make(*stages).image == image


@pytest.mark.parametrize("source", ["key", "keys", "keys/id", "up/x"])
def test_an_artifact_cannot_leave_the_out_directory_of_its_stage(
    bench: Bench, isolation: str, tmp_path: Path, source: str
) -> None:
    del isolation
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/id").write_text("secret")
    step = script(
        f'ln -s {tmp_path}/secret "$OUT"/keys; ln -s {tmp_path}/secret/id "$OUT"/key; '
        'ln -s ../../.. "$OUT"/up'
    )
    gen = build(step, name="gen")
    use = build(CopyArtifact("gen-build", source, "x/"), script('cat x/* > "$OUT"/a'))
    with pytest.raises(Exception, match=r"leads out of its|did not create"):
        bench.make(toolchain(), gen, use, runtime())
    assert "secret" not in "".join(
        path.read_text() for path in bench.store.stages.rglob("a") if path.is_file()
    )


def test_links_to_artifacts_within_out_are_followed(bench: Bench) -> None:
    step = script('cd "$OUT"; mkdir v1; echo v1 > v1/a; ln -s v1 now; ln -s now/a a')
    bench.make(toolchain(), build(step), runtime())
    (layer,) = bench.executor.check("shop/a:latest")["layers"]
    assert layer["size"] > 0
    use = build(CopyArtifact("a-build", "now", "x"), script('cat x/a > "$OUT"/b'), name="b")
    bench.make(toolchain(), build(step), use, runtime(name="b"))
    (made,) = bench.store.stages.glob("*/out/b")
    assert made.read_text() == "v1\n"


@pytest.mark.parametrize("destination", ["dir/", "dir", "dir/file", "dir/deeper/"])
def test_files_are_not_written_through_links_left_by_a_step(
    bench: Bench, isolation: str, tmp_path: Path, destination: str
) -> None:
    del isolation
    (tmp_path / "victim").mkdir()
    gen = build(script('mkdir "$OUT"/d; echo > "$OUT"/d/file'), name="gen")
    use = build(
        script(f"ln -s {tmp_path}/victim dir"),
        CopyArtifact("gen-build", "d", destination),
        script('echo > "$OUT"/a'),
    )
    with pytest.raises(Exception, match="leads out of the working directory"):
        bench.make(toolchain(), gen, use, runtime())
    assert list((tmp_path / "victim").iterdir()) == []


def test_a_link_at_the_path_of_a_copied_file_is_replaced(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    gen = build(script('mkdir "$OUT"/d; echo new > "$OUT"/d/file'), name="gen")
    use = build(
        script(f"mkdir x; ln -s {tmp_path}/victim x/file"),
        CopyArtifact("gen-build", "d", "x"),
        script('cp x/file "$OUT"/a'),
    )
    bench.make(toolchain(), gen, use, runtime())
    assert (tmp_path / "victim").read_text() == "mine"
