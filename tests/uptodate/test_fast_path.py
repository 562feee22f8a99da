from __future__ import annotations

import os
import subprocess
import sys
import time
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from msbuild.execute.evidence import ENGINE, Evidence
from msbuild.sources.git_index import Question, answer_to
from msbuild.state import file_stat
from msbuild.uptodate import fast_path as check
from msbuild.uptodate import record_file as kept
from msbuild.uptodate.fast_path import images_exist
from msbuild.uptodate.record_file import environment
from msbuild.uptodate.recording import take
from msbuild.workspace import loading
from msbuild.workspace.lockfile import write_inputs
from tests.execute.fake_daemon import fake_daemon
from tests.test_cli import HEAVY, REPOSITORY
from tests.uptodate.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

IMAGE = {"Id": "sha256:1", "RepoTags": ["shop/api:latest"], "RepoDigests": ["debian@sha256:2"]}
SCRIPT = """\
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
if sys.argv[1] == "build":
    from tests.uptodate.world import World
    World(Path(sys.argv[2])).build()
else:
    from msbuild.cli import main
    code = main(["all", "--executor", "local", "--file", sys.argv[2] + "/shop/msbuild.yaml"])
    print(code, *sorted(sys.modules))
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("WITNESS_COLOUR", "red")
    return World(tmp_path)


def test_nothing_heavy_is_imported_when_everything_is_up_to_date(tmp_path: Path) -> None:
    environ = {**os.environ, "MSBUILD_STORE": str(tmp_path / "store"), "WITNESS_COLOUR": "red"}

    def run(what: str) -> str:
        command = [sys.executable, "-c", SCRIPT, what, str(tmp_path)]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, cwd=REPOSITORY, env=environ
        ).stdout

    run("build")
    told, modules = run("ask").splitlines()
    assert told.startswith("nothing to build: 3 services up to date (")
    code, *names = modules.split()
    assert code == "0"
    assert "msbuild.uptodate.fast_path" in names
    assert not HEAVY.intersection(names)


def test_a_file_written_just_before_the_run_becomes_conclusive(world: World) -> None:
    world.build()
    first = kept.read(world.state)
    assert first is not None
    assert any(seen.inconclusive for seen in first.seen)
    rested = time.time_ns() + 2 * file_stat.CLOCK_RESOLUTION
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(time, "time_ns", lambda: rested)
        assert world.claims()
    second = kept.read(world.state)
    assert second is not None
    assert not any(seen.inconclusive for seen in second.seen)
    assert world.claims()


def test_a_different_request_is_not_up_to_date(world: World) -> None:
    world.build()
    assert world.claims()
    assert not world.claims(tag=["v2"])
    assert not world.claims(compression="zstd")
    for flag in ("no_cache", "push", "json", "verbose", "junit", "trace"):
        assert not world.claims(**{flag: True})
    assert not world.claims(cache_to="")


def test_a_truncated_build_record_is_ignored(world: World) -> None:
    world.build()
    file = world.state / kept.NAME
    whole = file.read_bytes()
    for length in range(0, len(whole), 97):
        file.write_bytes(whole[:length])
        assert not world.claims()
    file.write_bytes(whole)
    assert world.claims()


@pytest.mark.parametrize("text", [b"", b"{}\n", b"[]\n", b'{"format": 1}\n', b"\xff\xfe\n", b"1\n"])
def test_an_invalid_build_record_is_ignored(text: bytes, world: World) -> None:
    world.build()
    (world.state / kept.NAME).write_bytes(text)
    assert not world.claims()


def test_a_build_record_that_cannot_be_written_does_not_fail_the_run(world: World) -> None:
    world.build()
    build_record = kept.read(world.state)
    assert build_record is not None
    kept.write(world.state / "not" / "there", build_record)
    assert not list(world.state.glob(".witness.*"))


def test_a_run_succeeds_where_no_build_record_can_be_stored(world: World) -> None:
    world.state.write_text("no directory")
    world.build()
    assert world.stands()
    assert not world.claims()


def test_an_image_removed_at_the_end_of_a_run_is_not_recorded(world: World) -> None:
    loaded = loading.load(world.file)
    planned, executor = world.planned(loaded)
    built = world.carry_out(planned, executor)
    executor.blobs.path(built["api"].image).unlink()
    take(planned, loaded, world.ended(executor, built))
    assert not world.claims()


def test_an_engine_that_appears_is_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.build()
    key = world.key()
    assert key is not None
    for answers in (False, True):
        monkeypatch.setattr(check, "engine_may_answer", lambda there=answers: there)
        said = check.changes_since(world.state, key, "auto")
        assert (said is None) == answers


def test_an_edited_module_is_not_up_to_date(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # no file of this project: other tests rely on those having rested
    file = tmp_path / "helper.py"
    file.write_text("")
    module = ModuleType("helper")
    module.__file__ = str(file)
    monkeypatch.setitem(sys.modules, "helper", module)
    monkeypatch.setattr(file_stat, "CLOCK_RESOLUTION", 0)
    world.build()
    assert world.claims()
    file.write_text("a = 1")
    assert not world.claims()


def test_images_are_looked_up_in_the_engine(tmp_path: Path) -> None:
    evidence = Evidence(ENGINE, str(tmp_path / "engine.sock"), {"shop/api:latest": "sha256:1"}, {})
    assert not images_exist(evidence)
    with fake_daemon(tmp_path) as daemon:
        assert not images_exist(evidence)
        daemon.on("GET /images/json", lambda request: request.json([IMAGE]))
        assert images_exist(evidence)
        assert not images_exist(evidence._replace(tags={"shop/api:latest": "sha256:9"}))
        assert not images_exist(evidence._replace(tags={"shop/web:latest": "sha256:1"}))
        base = {**IMAGE, "RepoTags": ["debian:trixie"]}
        daemon.on("GET /images/json", lambda request: request.json([base]))
        assert images_exist(evidence._replace(tags={"debian:trixie": "sha256:2"}))
        assert not images_exist(evidence)


def test_irrelevant_variables_change_nothing_and_no_value_is_stored() -> None:
    plain = {"PATH": "/bin", "SECRET": "hunter2"}
    assert environment(None, plain) == environment(None, {**plain, "SHLVL": "3", "SSH_TTY": "x"})
    assert environment(None, plain) != environment(None, {**plain, "RUSTUP_TOOLCHAIN": "nightly"})
    assert environment(["PATH"], plain) == environment(["PATH"], {"PATH": "/bin", "OTHER": "1"})
    assert environment(["A"], {"A": ""}) != environment(["A"], {})
    assert "hunter2" not in environment(None, plain)


def test_git_is_asked_again_only_where_its_index_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(world.source), *arguments], check=True)

    monkeypatch.setattr(file_stat, "CLOCK_RESOLUTION", 0)
    (world.source / ".gitignore").write_text("*.tmp\n")
    for name in ("one.tmp", "two.tmp"):
        (world.source / "services/api" / name).write_text("made\n")
    git("init", "--quiet")
    git("add", "services/job")
    world.build()
    assert world.claims()
    git("add", "lock")
    asked: list[str] = []
    real = answer_to

    def listed(question: Question) -> Sequence[str]:
        asked.append(question.directory)
        return real(question)

    monkeypatch.setattr(check, "answer_to", listed)
    assert world.claims()
    assert world.claims()
    assert asked == [str(world.source)]
    git("add", "--force", "services/api/one.tmp")
    assert not world.claims()
    assert not world.stands()


@pytest.mark.parametrize("pattern", ["lib/**/*.sql", "lib", "li?/z*"])
def test_a_new_file_that_an_input_matches_is_noticed(world: World, pattern: str) -> None:
    (world.source / "lib/z.sql").write_text("")
    world.file.write_text(f"{world.file.read_text()}  web: {{inputs: ['{pattern}']}}\n")
    world.build()
    assert world.claims()
    (world.source / "lib/x/z.txt").write_text("of no use to globs")
    if pattern != "li?/z*":  # which looks into no directory below `lib`
        assert not world.claims()
    (world.source / "lib/x/zz.sql").write_text("")
    (world.source / "lib/zz.sql").write_text("")
    assert not world.claims()
    assert "web" in world.plan().jobs
    world.build()
    (world.source / "lib/zz.sql").write_text("edited")
    found = world.found()
    assert found is None or found.changed


def test_inputs_that_the_lock_file_gains_are_noticed(world: World) -> None:
    world.build()
    assert world.claims()
    write_inputs(world.file.parent, {"job": ["services/web"]})
    assert not world.claims()
    assert set(world.plan().jobs) >= {"job"}


@pytest.mark.parametrize("named", [".config/git/ignore", ".gitconfig", "info/exclude", "above"])
def test_changed_ignore_rules_outside_of_the_tree_are_noticed(
    named: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(world.home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(file_stat, "CLOCK_RESOLUTION", 0)
    world.git("init", "--quiet")
    (world.home / "named").write_text("page\n")
    places = {"info/exclude": world.top / ".git/info/exclude", "above": world.top / ".gitignore"}
    path = places.get(named, world.home / named)
    world.build()
    assert world.claims()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[core]\n\texcludesFile = ~/named\n" if named == ".gitconfig" else "page\n")
    assert not world.claims()
    assert not world.stands()
    world.build()
    assert world.claims()


def test_a_variable_that_names_ignore_rules_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.git("init", "--quiet")
    world.build()
    assert world.claims()
    (world.home / "named").write_text("page\n")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.excludesFile")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(world.home / "named"))
    assert not world.claims()
    assert not world.stands()


def test_a_new_repository_around_the_tree_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_stat, "CLOCK_RESOLUTION", 0)
    (world.top / ".gitignore").write_text("page\n")
    world.build()
    assert world.claims()
    world.git("init", "--quiet")
    assert not world.claims()
    assert not world.stands()


@pytest.mark.parametrize("change", ["target", "link", "middle", "directory"])
def test_changes_of_links_and_behind_links_are_noticed(
    change: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_stat, "CLOCK_RESOLUTION", 0)
    for name in ("one", "two"):
        (world.source / "shared" / name).mkdir(parents=True)
        (world.source / "shared" / name / "file").write_text(f"{name}\n")
    (world.source / "shared/middle").symlink_to("one")
    (world.source / "services/web/linked").symlink_to("../../shared/middle")
    (world.source / "services/web/also").symlink_to("linked/file")
    world.build()
    assert world.claims()
    if change == "target":
        (world.source / "shared/one/file").write_text("another\n")
    elif change == "link":
        (world.source / "services/web/also").unlink()
        (world.source / "services/web/also").symlink_to("main")
    elif change == "middle":
        (world.source / "shared/middle").unlink()
        (world.source / "shared/middle").symlink_to("two")
    else:
        (world.source / "shared/one/more").write_text("more\n")
    assert not world.claims()
    assert not world.stands()


def test_a_file_that_becomes_a_link_to_a_directory_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_stat, "CLOCK_RESOLUTION", 0)
    (world.source / "lib/x/inner").mkdir()
    (world.source / "lib/x/inner/file").write_text("")
    (world.source / "services/web/deep/odd").write_text("")
    world.build()
    assert world.claims()
    (world.source / "services/web/deep/odd").unlink()
    (world.source / "services/web/deep/odd").symlink_to("../../../lib/x/inner")
    assert not world.claims()
    assert not world.stands()
