from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from msbuild.commands.all import up_to_date_events
from msbuild.events import Outcome, RunFinished, RunStarted
from msbuild.execute.evidence import ENGINE, Evidence
from msbuild.report.jsonl import JsonReporter
from msbuild.report.text import Sink
from msbuild.sources.git import Question, answer_to
from msbuild.state import file_stat
from msbuild.uptodate import fast_path as check
from msbuild.uptodate import record_file
from msbuild.uptodate.fast_path import images_exist
from msbuild.uptodate.record_file import environment
from msbuild.uptodate.recording import record_run
from msbuild.workspace import loading
from msbuild.workspace.lockfile import write_inputs
from tests.execute.fake_daemon import fake_daemon
from tests.heavy import HEAVY, REPOSITORY
from tests.uptodate.shop import Shop

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
    from tests.uptodate.shop import Shop
    Shop(Path(sys.argv[2])).build()
else:
    from msbuild.cli import main
    code = main(["all", "--executor", "local", "--file", sys.argv[2] + "/shop/msbuild.yaml"])
    print(code, *sorted(sys.modules))
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("SHOP_COLOUR", "red")
    return Shop(tmp_path)


def test_nothing_heavy_is_imported_when_everything_is_up_to_date(tmp_path: Path) -> None:
    environ = {**os.environ, "MSBUILD_STORE": str(tmp_path / "store"), "SHOP_COLOUR": "red"}

    def run(what: str) -> str:
        command = [sys.executable, "-c", SCRIPT, what, str(tmp_path)]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, cwd=REPOSITORY, env=environ
        ).stdout

    run("build")
    output, modules = run("ask").splitlines()
    assert output.startswith("nothing to build: 3 services up to date (")
    code, *names = modules.split()
    assert code == "0"
    assert "msbuild.uptodate.fast_path" in names
    assert not HEAVY.intersection(names)


def test_a_file_written_just_before_the_run_becomes_conclusive(shop: Shop) -> None:
    shop.build()
    first = record_file.read(shop.state)
    assert first is not None
    assert any(seen.inconclusive for seen in first.seen)
    rested = time.time_ns() + 2 * file_stat.CLOCK_RESOLUTION
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(time, "time_ns", lambda: rested)
        assert shop.fast_path_agrees()
    second = record_file.read(shop.state)
    assert second is not None
    assert not any(seen.inconclusive for seen in second.seen)
    assert shop.fast_path_agrees()


def test_a_different_request_is_not_up_to_date(shop: Shop) -> None:
    shop.build()
    assert shop.fast_path_agrees()
    assert not shop.fast_path_agrees(tags=["v2"])
    assert not shop.fast_path_agrees(compression="zstd")
    assert not shop.fast_path_agrees(no_cache=True)


def test_the_events_of_the_fast_path_are_those_of_a_full_load(shop: Shop) -> None:
    shop.build()
    record = record_file.read(shop.state)
    assert record is not None
    fast = [json.loads(line) for line in up_to_date_events(record, 2, 0.5)]
    stream = io.StringIO()
    reporter = JsonReporter(Sink(stream))
    plan = shop.plan()
    reporter(RunStarted(0.5, plan, "local", 2))
    reporter(RunFinished(0.5, 0.5, 0, dict.fromkeys(plan.cached, Outcome.CACHED), {}))
    full = [json.loads(line) for line in stream.getvalue().splitlines()]
    for events in (fast, full):
        # history is written by the scheduler, which did not run
        for service in events[0]["cached"].values():
            del service["saved"]
    assert fast == full


def test_a_truncated_build_record_is_ignored(shop: Shop) -> None:
    shop.build()
    file = shop.state / record_file.NAME
    whole = file.read_bytes()
    for length in range(0, len(whole), 97):
        file.write_bytes(whole[:length])
        assert not shop.fast_path_agrees()
    file.write_bytes(whole)
    assert shop.fast_path_agrees()


@pytest.mark.parametrize("text", [b"", b"{}\n", b"[]\n", b'{"format": 1}\n', b"\xff\xfe\n", b"1\n"])
def test_an_invalid_build_record_is_ignored(text: bytes, shop: Shop) -> None:
    shop.build()
    (shop.state / record_file.NAME).write_bytes(text)
    assert not shop.fast_path_agrees()


def test_a_build_record_that_cannot_be_written_does_not_fail_the_run(shop: Shop) -> None:
    shop.build()
    build_record = record_file.read(shop.state)
    assert build_record is not None
    record_file.write(shop.state / "not" / "there", build_record)
    assert not list(shop.state.glob(".witness.*"))


def test_a_run_succeeds_where_no_build_record_can_be_stored(shop: Shop) -> None:
    shop.state.write_text("no directory")
    shop.build()
    assert shop.is_up_to_date()
    assert not shop.fast_path_agrees()


def test_an_image_removed_at_the_end_of_a_run_is_not_recorded(shop: Shop) -> None:
    loaded = loading.load(shop.file)
    planned, executor = shop.planned(loaded)
    built = shop.carry_out(planned, executor)
    executor.blobs.path(built["api"].image).unlink()
    record_run(planned, loaded, shop.ended(executor, built))
    assert not shop.fast_path_agrees()


def test_an_engine_that_appears_is_used(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.build()
    key = shop.key()
    assert key is not None
    for answers in (False, True):
        monkeypatch.setattr(check, "engine_may_be_running", lambda there=answers: there)
        said = check.changes_since(shop.state, key, "auto")
        assert (said is None) == answers


def test_an_edited_module_is_not_up_to_date(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # not a file of this project: other tests need their stats to be conclusive
    file = tmp_path / "helper.py"
    file.write_text("")
    module = ModuleType("helper")
    module.__file__ = str(file)
    monkeypatch.setitem(sys.modules, "helper", module)
    monkeypatch.setattr(file_stat, "CLOCK_RESOLUTION", 0)
    shop.build()
    assert shop.fast_path_agrees()
    file.write_text("a = 1")
    assert not shop.fast_path_agrees()


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


def test_git_is_called_again_only_if_its_index_changed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(shop.source), *arguments], check=True)

    monkeypatch.setattr(file_stat, "CLOCK_RESOLUTION", 0)
    (shop.source / ".gitignore").write_text("*.tmp\n")
    for name in ("one.tmp", "two.tmp"):
        (shop.source / "services/api" / name).write_text("made\n")
    git("init", "--quiet")
    git("add", "services/job")
    shop.build()
    assert shop.fast_path_agrees()
    git("add", "lock")
    asked: list[str] = []
    real = answer_to

    def listed(question: Question) -> Sequence[str]:
        asked.append(question.directory)
        return real(question)

    monkeypatch.setattr(check, "answer_to", listed)
    assert shop.fast_path_agrees()
    assert shop.fast_path_agrees()
    assert asked == [str(shop.source)]
    git("add", "--force", "services/api/one.tmp")
    assert not shop.fast_path_agrees()
    assert not shop.is_up_to_date()


@pytest.mark.parametrize("pattern", ["lib/**/*.sql", "lib", "li?/z*"])
def test_a_new_file_that_an_input_matches_is_noticed(shop: Shop, pattern: str) -> None:
    (shop.source / "lib/z.sql").write_text("")
    shop.file.write_text(f"{shop.file.read_text()}  web: {{inputs: ['{pattern}']}}\n")
    shop.build()
    assert shop.fast_path_agrees()
    (shop.source / "lib/x/z.txt").write_text("of no use to globs")
    if pattern != "li?/z*":  # which looks into no directory below `lib`
        assert not shop.fast_path_agrees()
    (shop.source / "lib/x/zz.sql").write_text("")
    (shop.source / "lib/zz.sql").write_text("")
    assert not shop.fast_path_agrees()
    assert "web" in shop.plan().jobs
    shop.build()
    (shop.source / "lib/zz.sql").write_text("edited")
    found = shop.found()
    assert found is None or found.changed


def test_new_inputs_in_the_lock_file_are_noticed(shop: Shop) -> None:
    shop.build()
    assert shop.fast_path_agrees()
    write_inputs(shop.file.parent, {"job": ["services/web"]})
    assert not shop.fast_path_agrees()
    assert set(shop.plan().jobs) >= {"job"}


@pytest.mark.parametrize("named", [".config/git/ignore", ".gitconfig", "info/exclude", "above"])
def test_changed_ignore_rules_outside_of_the_tree_are_noticed(
    named: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(shop.home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(file_stat, "CLOCK_RESOLUTION", 0)
    shop.git("init", "--quiet")
    (shop.home / "named").write_text("page\n")
    places = {"info/exclude": shop.top / ".git/info/exclude", "above": shop.top / ".gitignore"}
    path = places.get(named, shop.home / named)
    shop.build()
    assert shop.fast_path_agrees()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[core]\n\texcludesFile = ~/named\n" if named == ".gitconfig" else "page\n")
    assert not shop.fast_path_agrees()
    assert not shop.is_up_to_date()
    shop.build()
    assert shop.fast_path_agrees()


def test_a_variable_that_names_ignore_rules_is_noticed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.git("init", "--quiet")
    shop.build()
    assert shop.fast_path_agrees()
    (shop.home / "named").write_text("page\n")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.excludesFile")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(shop.home / "named"))
    assert not shop.fast_path_agrees()
    assert not shop.is_up_to_date()


def test_a_new_repository_around_the_tree_is_noticed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_stat, "CLOCK_RESOLUTION", 0)
    (shop.top / ".gitignore").write_text("page\n")
    shop.build()
    assert shop.fast_path_agrees()
    shop.git("init", "--quiet")
    assert not shop.fast_path_agrees()
    assert not shop.is_up_to_date()


@pytest.mark.parametrize("change", ["target", "link", "middle", "directory"])
def test_changes_of_links_and_behind_links_are_noticed(
    change: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_stat, "CLOCK_RESOLUTION", 0)
    for name in ("one", "two"):
        (shop.source / "shared" / name).mkdir(parents=True)
        (shop.source / "shared" / name / "file").write_text(f"{name}\n")
    (shop.source / "shared/middle").symlink_to("one")
    (shop.source / "services/web/linked").symlink_to("../../shared/middle")
    (shop.source / "services/web/also").symlink_to("linked/file")
    shop.build()
    assert shop.fast_path_agrees()
    if change == "target":
        (shop.source / "shared/one/file").write_text("another\n")
    elif change == "link":
        (shop.source / "services/web/also").unlink()
        (shop.source / "services/web/also").symlink_to("main")
    elif change == "middle":
        (shop.source / "shared/middle").unlink()
        (shop.source / "shared/middle").symlink_to("two")
    else:
        (shop.source / "shared/one/more").write_text("more\n")
    assert not shop.fast_path_agrees()
    assert not shop.is_up_to_date()


def test_a_file_that_becomes_a_link_to_a_directory_is_noticed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_stat, "CLOCK_RESOLUTION", 0)
    (shop.source / "lib/x/inner").mkdir()
    (shop.source / "lib/x/inner/file").write_text("")
    (shop.source / "services/web/deep/odd").write_text("")
    shop.build()
    assert shop.fast_path_agrees()
    (shop.source / "services/web/deep/odd").unlink()
    (shop.source / "services/web/deep/odd").symlink_to("../../../lib/x/inner")
    assert not shop.fast_path_agrees()
    assert not shop.is_up_to_date()


def test_the_record_of_images_in_an_engine_survives_a_round_trip(shop: Shop) -> None:
    shop.build()
    record = record_file.read(shop.state)
    assert record is not None
    in_engine = record._replace(
        executor="docker",
        evidence=Evidence(ENGINE, "/run/engine.sock", {"a:latest": "sha256:1"}, {}),
    )
    record_file.write(shop.state, in_engine)
    assert record_file.read(shop.state) == in_engine
