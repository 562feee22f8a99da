from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import BuildError
from msbuild.execute.api import Cancelled
from msbuild.model import CacheMount, Copy, CopyArtifact
from tests.execute.local.conftest import (
    Bench,
    build,
    deps,
    processes,
    runtime,
    script,
    toolchain,
    unique_seconds,
)

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.model import Stage


def out_file(bench: Bench, name: str) -> str:
    """A file that a stage left in `$OUT`."""
    (found,) = bench.store.stages.glob(f"*/out/{name}")
    return found.read_text()


def out_files(bench: Bench, name: str) -> list[str]:
    """The files with one name that stages left in `$OUT`, sorted."""
    return sorted(found.read_text() for found in bench.store.stages.glob(f"*/out/{name}"))


def test_a_step_sees_only_its_sources(bench: Bench, isolation: str) -> None:
    del isolation
    bench.write({"a/main": "declared", "a/other": "not declared"})
    steps = (Copy(("a/main",)), script('find . -type f > "$OUT/a"'))
    bench.make(toolchain(), build(*steps), runtime())
    assert out_file(bench, "a") == "./a/main\n"


def test_an_undeclared_file_is_named_in_the_output_of_the_tool(
    bench: Bench, isolation: str
) -> None:
    del isolation
    bench.write({"main": "", "lib/hidden": "secret"})
    with pytest.raises(BuildError) as caught:
        bench.make(toolchain(), build(Copy(("main",)), script("cat lib/hidden")), runtime())
    assert any("lib/hidden" in line for line in caught.value.tail)
    assert caught.value.stage == "a-build"
    assert caught.value.step == "RUN cat lib/hidden"


def test_the_environment_has_no_variables_of_the_user(
    bench: Bench, isolation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAK", "yes")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    bench.make(
        toolchain(env=(("TOOL", "$CACHE/tool"),)), build(script('env > "$OUT/a"')), runtime()
    )
    env = dict(line.split("=", 1) for line in out_file(bench, "a").splitlines())
    # set by the shell itself
    shell = {"PWD", "OLDPWD", "SHLVL", "_"}
    own = {"PATH", "HOME", "TMPDIR", "LC_ALL", "SOURCE_DATE_EPOCH", "OUT", "CACHE", "TOOL"}
    assert set(env) - shell == own
    assert env["TOOL"] == f"{env['CACHE']}/tool"
    if isolation == "bwrap":
        assert (env["OUT"], env["CACHE"], env["PWD"]) == ("/out", "/cache", "/work")


def test_a_downloading_step_gets_the_proxy_variables(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    step = script('echo "$HTTPS_PROXY" > "$OUT/a"', network=True)
    bench.make(toolchain(), build(step), runtime())
    assert out_file(bench, "a") == "http://proxy\n"


def test_bubblewrap_hides_the_host_and_prevents_writes(
    bench: Bench, isolation: str, tmp_path: Path
) -> None:
    if isolation != "bwrap":
        pytest.skip("a plain directory does not isolate")
    (tmp_path / "secret").write_text("x")
    seen = "$(grep -c : /proc/net/dev)"
    attempts = f"""
        if cat {tmp_path}/secret; then exit 11; fi
        if touch /usr/msbuild-was-here; then exit 12; fi
        if ls /root /home; then exit 13; fi
        if [ {seen} != 1 ]; then exit 14; fi  # only the loopback device
        touch "$OUT/a"
    """
    bench.make(toolchain(), build(script(attempts)), runtime())
    for reach in (f"cat {bench.store.root}/.msbuild-store", f"[ {seen} != 1 ]"):
        with pytest.raises(BuildError):
            bench.make(toolchain(), build(script(reach)), runtime())


def test_a_failure_names_stage_step_and_tail(bench: Bench, isolation: str) -> None:
    del isolation
    with pytest.raises(BuildError) as caught:
        bench.make(toolchain(), build(script("echo first\necho oops >&2\nexit 7")), runtime())
    assert caught.value.message == "exit code: 7"
    assert caught.value.tail == ("first", "oops")
    assert bench.recorder.text == ["first", "oops"]
    assert not list((bench.store.root / "work").iterdir())


def test_a_script_ends_at_the_first_failing_command(bench: Bench) -> None:
    with pytest.raises(BuildError):
        bench.make(toolchain(), build(script("false\ntrue")), runtime())


def test_a_cancelled_step_ends_with_all_its_descendants(bench: Bench, isolation: str) -> None:
    del isolation
    cancel = threading.Event()
    sleep = unique_seconds()
    text = f"trap '' TERM; sleep {sleep} & echo here; sleep {sleep}"
    job = bench.job(toolchain(), build(script(text)), runtime())
    caught: list[BaseException] = []

    def work() -> None:
        try:
            bench.execute(job, cancel)
        except BaseException as error:  # noqa: BLE001 - checked below
            caught.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert bench.recorder.printed.wait(60)
    cancel.set()
    thread.join(30)
    assert not thread.is_alive()
    assert isinstance(caught[0], Cancelled)
    assert not processes(sleep)


def test_a_stage_runs_once_and_again_when_its_inputs_change(bench: Bench) -> None:
    bench.write({"main": "1"})
    stages: tuple[Stage, ...] = (
        toolchain(),
        build(Copy(("main",)), script('cp main "$OUT/a"; echo ran')),
        runtime(),
    )
    first = bench.make(*stages)
    assert bench.recorder.text == ["ran"]
    again = bench.make(*stages)
    assert bench.recorder.text == ["ran"]
    assert again.image == first.image
    assert all(vertex.cached for vertex in again.vertices)
    bench.write({"main": "2"})
    assert bench.make(*stages).image != first.image
    assert bench.recorder.text == ["ran", "ran"]


def test_concurrent_jobs_run_a_shared_stage_once(bench: Bench) -> None:
    shared = deps(script('echo shared; sleep 0.3; echo x > "$CACHE/x"'))
    jobs = [
        bench.job(
            toolchain(),
            shared,
            build(script(f'cp "$CACHE/x" "$OUT/{name}"'), base="sh-deps", name=name),
            runtime(name=name),
            own=frozenset({f"{name}-build", name}),
        )
        for name in "abcd"
    ]
    threads = [threading.Thread(target=bench.execute, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert bench.recorder.text.count("shared") == 1
    assert set(bench.executor.index.read()) == {f"shop/{name}:latest" for name in "abcd"}


def test_a_child_stage_starts_with_a_copy_of_its_base(bench: Bench, isolation: str) -> None:
    del isolation
    parent = deps(script('echo one > file; echo two > "$CACHE/file"; echo three > "$OUT/file"'))
    change = 'cat file "$CACHE/file" "$OUT/file" > "$OUT/a"; echo changed > file'
    bench.make(toolchain(), parent, build(script(change), base="sh-deps"), runtime())
    assert out_file(bench, "a") == "one\ntwo\nthree\n"
    (work,) = bench.store.stages.glob("*/work/file")
    assert work.read_text() == "one\n"


def test_a_cache_mount_outlives_the_step_and_is_not_part_of_the_stage(
    bench: Bench, isolation: str
) -> None:
    del isolation
    mount = CacheMount("kept", "kept", "content", sharing="locked")
    count = 'echo x >> "$CACHE/kept/count"; find "$CACHE/kept" -mindepth 1 | wc -l > "$OUT/a"'
    one, other = (
        (toolchain(), build(script(f"{count}; : {n}", caches=(mount,))), runtime()) for n in "12"
    )
    bench.make(*one)
    bench.make(*other)
    (kept,) = bench.store.caches.glob("kept/*/count")
    assert kept.read_text() == "x\nx\n"
    assert out_files(bench, "a") == ["1\n", "1\n"]
    parent = deps(script("true", caches=(mount,)))
    check = 'ls "$CACHE/kept" > "$OUT/b" 2>&1 || true'
    bench.make(
        toolchain(), parent, build(script(check), base="sh-deps", name="b"), runtime(name="b")
    )
    assert "count" not in out_file(bench, "b")


def test_an_empty_cache_is_initialized_from_its_seed(bench: Bench, isolation: str) -> None:
    del isolation
    parent = deps(script('mkdir "$CACHE/warm"; echo seed > "$CACHE/warm/x"'))
    mount = CacheMount("warm", "warm", "content", seed="sh-deps")
    step = script('cat "$CACHE/warm/x" > "$OUT/a"; echo more >> "$CACHE/warm/x"', caches=(mount,))
    stages = (toolchain(), parent, build(step, base="sh-deps"), runtime())
    bench.make(*stages)
    assert out_file(bench, "a") == "seed\n"
    again = replace(step, script=f"{step.script}; :")
    bench.make(toolchain(), parent, build(again, base="sh-deps"), runtime())
    assert out_files(bench, "a") == ["seed\n", "seed\nmore\n"]


def test_a_stage_rebuilt_without_cache_gets_empty_cache_mounts(
    bench: Bench, isolation: str
) -> None:
    del isolation
    parent = deps(script('mkdir "$CACHE/warm"; echo seed > "$CACHE/warm/x"'))
    seeded = CacheMount("warm", "warm", "content", seed="sh-deps")
    mount = CacheMount("kept", "kept", "content", sharing="locked")
    text = 'cat "$CACHE"/*/x > "$OUT/a"; echo more | tee -a "$CACHE/warm/x" > "$CACHE/kept/x"'
    step = script(text, caches=(seeded, mount))
    stages = (toolchain(), parent, build(step, base="sh-deps"), runtime())
    bench.make(*stages)
    own = frozenset({"a-build", "a"})
    bench.execute(bench.job(*stages, own=own, no_cache=True))
    assert out_file(bench, "a") == "seed\n"
    (left,) = bench.store.caches.glob("warm/*/x")
    assert left.read_text() == "seed\nmore\n"


def test_artifacts_of_other_stages_are_copied_next_to_the_sources(bench: Bench) -> None:
    tool = build(script('mkdir "$OUT/gen"; echo made > "$OUT/gen/code"'), name="gen")
    use = build(CopyArtifact("gen-build", "gen", "generated"), script('cp generated/code "$OUT/a"'))
    bench.make(toolchain(), tool, use, runtime())
    assert out_file(bench, "a") == "made\n"


def test_a_missing_artifact_is_reported(bench: Bench) -> None:
    with pytest.raises(BuildError, match="`a-build` did not create `a`"):
        bench.make(toolchain(), build(script("true")), runtime())


def test_a_source_that_changed_since_the_plan_fails(bench: Bench) -> None:
    bench.write({"main": "1"})
    job = bench.job(toolchain(), build(Copy(("main",)), script("true")), runtime())
    bench.write({"main": "2"})
    with pytest.raises(BuildError, match="`main` changed during the build"):
        bench.execute(job)


def test_modes_do_not_depend_on_the_umask(bench: Bench) -> None:
    bench.write({"main": "x"})
    before = os.umask(0o077)
    try:
        steps = (Copy(("main",)), script('stat -c %a main > "$OUT/a"; umask >> "$OUT/a"'))
        bench.make(toolchain(), build(*steps), runtime())
    finally:
        os.umask(before)
    assert out_file(bench, "a") == "644\n0022\n"


def test_a_damaged_stage_is_rebuilt(bench: Bench) -> None:
    stages = (toolchain(), build(script('echo good > "$OUT/a"; echo ran')), runtime())
    image = bench.make(*stages).image
    (out,) = bench.store.stages.glob("*/out/a")
    out.write_text("evil\n")
    assert bench.make(*stages).image == image
    assert bench.recorder.text == ["ran", "ran"]
    assert out_file(bench, "a") == "good\n"
