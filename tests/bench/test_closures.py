"""Comparisons with the compilers, on repositories of a few files."""

from __future__ import annotations

import functools
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msbuild_rust.language import Rust

from bench.closures.__main__ import main
from bench.closures.compare import Compared, report
from bench.closures.go import Go
from bench.closures.replay import Tally, replay
from msbuild.errors import EXIT_INTERRUPTED
from tests.affected.repository import Git

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.plugin.api import Inputs

ROOT = Path(__file__).parents[2]
GO = {
    "go.mod": "module example.com/shop\n\ngo 1.22\n",
    "web/main.go": 'package main\n\nimport _ "example.com/shop/lib"\n\nfunc main() {}\n',
    "tool/main.go": "package main\n\nfunc main() {}\n",
    "lib/lib.go": "package lib\n",
    "lib/lib_s390x.go": "package lib\n",
    "README.md": "",
}
RUST = {
    "Cargo.toml": '[workspace]\nmembers = ["kit", "app"]\nresolver = "2"\n',
    "Cargo.lock": 'version = 4\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n'
    'dependencies = [\n "kit",\n]\n\n[[package]]\nname = "kit"\nversion = "0.1.0"\n',
    "kit/Cargo.toml": '[package]\nname = "kit"\nversion = "0.1.0"\nedition = "2021"\n',
    "kit/src/lib.rs": 'pub const A: &str = include_str!("a.txt");\n',
    "kit/src/a.txt": "",
    "kit/src/unused.rs": "",
    "app/Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n'
    '[dependencies]\nkit = { path = "../kit" }\n',
    "app/src/main.rs": 'fn main() { print!("{}", kit::A) }\n',
}
CPP = {
    "CMakeLists.txt": "cmake_minimum_required(VERSION 3.20)\nproject(x CXX)\n"
    "add_library(kit kit/kit.cpp)\ntarget_include_directories(kit PUBLIC kit)\n"
    "add_executable(app main.cpp)\ntarget_link_libraries(app kit)\n",
    "main.cpp": '#include <kit.hpp>\n#ifdef NEVER\n#include "never.hpp"\n#endif\nint main() {}\n',
    "never.hpp": "",
    "kit/kit.cpp": '#include "kit.hpp"\n',
    "kit/kit.hpp": "",
}
CHANGES: list[dict[str, str]] = [
    {"README.md": "more"},
    {"lib/lib.go": "package lib\n\nconst A = 1\n"},
    {"lib/lib_s390x.go": "package lib\n\nconst B = 1\n"},
    {"new/main.go": "package main\n\nfunc main() {}\n"},
]
READS = {
    "app/build.rs": 'fn main() {\n    std::fs::read_to_string("../kit/words.txt").unwrap();\n}\n',
    "kit/words.txt": "",
}
needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
needs_go = pytest.mark.skipif(not shutil.which("go"), reason="needs Go")
needs_cargo = pytest.mark.skipif(not shutil.which("cargo"), reason="needs cargo")
needs_cmake = pytest.mark.skipif(
    not all(map(shutil.which, ("cmake", "ninja", "c++"))), reason="needs CMake and C++"
)


def repository(root: Path, files: dict[str, str]) -> Git:
    return Git(root / "repository", files)


@needs_go
def test_go_closures_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git = repository(tmp_path, GO)
    assert main(["go", str(git.root), "--verbose"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "tool      1 files    0 missed     0 extra    0.0 %",
        "web       3 files    0 missed     1 extra   33.3 %",
        "    extra lib/lib_s390x.go (imported by web/main.go:3)",
        "2 programs, 0 missed, extra 16.7 % in the median, 33.3 % at most",
        "       1 extra: imported by …",
    ]


@needs_go
def test_times_prints_how_long_planning_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git = repository(tmp_path, GO)
    assert main(["go", str(git.root), "--times"]) == 0
    printed = capsys.readouterr().out.splitlines()[0]
    assert re.fullmatch(r"2 programs: first \d+\.\d\d s, second \d+\.\d\d s", printed)


@needs_go
def test_go_for_one_architecture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git = repository(tmp_path, GO)
    assert main(["go", str(git.root), "--goarch", "amd64"]) == 0
    assert main(["go", str(git.root), "--goarch", "s390x"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if "web" in line] == [
        "web       2 files    0 missed     0 extra    0.0 %",
        "web       3 files    0 missed     0 extra    0.0 %",
    ]


@needs_cargo
def test_rust_closures_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git = repository(tmp_path, RUST)
    assert main(["rust", str(git.root)]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "app-app      6 files    0 missed     1 extra   16.7 %",
        "1 program, 0 missed, extra 16.7 % in the median, 16.7 % at most",
    ]


@needs_cmake
def test_cpp_closures_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git = repository(tmp_path, CPP)
    assert main(["cpp", str(git.root)]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "app      5 files    0 missed     1 extra   20.0 %",
        "1 program, 0 missed, extra 20.0 % in the median, 20.0 % at most",
    ]


@needs_go
def test_a_replay_counts_changed_programs_and_false_positives(tmp_path: Path) -> None:
    git = repository(tmp_path, GO)
    for change in CHANGES:
        git.write(change)
        git.commit("change")
    steps = list(replay(git.root, "HEAD", 10, Go()))
    assert [(sorted(step.truth), sorted(step.ours)) for step in steps] == [
        ([], []),
        (["web"], ["web"]),
        ([], ["web"]),
        ([], []),
    ]
    tally = Tally()
    for step in steps:
        tally.add(step)
    assert list(tally.report()) == [
        "4 commits, 8 pairs of commit and program, 1 changed",
        "0 false negatives; 1 false positive, 14.3 % of the 7 pairs that did not change",
        "       1 false positives: file",
    ]


def test_sum_adds_up_printed_comparisons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extra = {"x": "why"}
    compared = [Compared("a", 1), Compared("b", 4, extra=extra), Compared("c", 1, extra=extra)]
    tally = Tally(commits=3, pairs=6, changed=2, false_positives=1)
    for name in ("one", "two"):
        lines = [*report(compared, verbose=True), "a    3 files    2 missed", *tally.report()]
        (tmp_path / name).write_text("\n".join(lines))
    assert main(["sum", str(tmp_path / "one"), str(tmp_path / "two")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "6 programs, 0 missed, extra 25.0 % in the median",
        "2 programs traced, 4 missed",
        "6 commits, 12 pairs, 4 changed, 0 false negatives, 2 false positives (25.0 %)",
    ]


def test_a_missed_file_is_reported() -> None:
    lines = list(
        report([Compared("a", 2, missed=("x.go",)), Compared("b", problem="odd")], verbose=False)
    )
    assert lines == [
        "a      2 files    1 missed     0 extra    0.0 %",
        "    missed x.go",
        "b  odd",
        "1 program, 1 missed, extra 0.0 % in the median, 0.0 % at most",
    ]


@needs_go
def test_a_seed_always_selects_the_same_sample(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = {f"tool{number}/main.go": GO["tool/main.go"] for number in range(8)}
    git = repository(tmp_path, GO | more)
    printed = []
    for seed in ("1", "1", "2"):
        assert main(["go", str(git.root), "--programs", "3", "--seed", seed]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != printed[2]
    assert all("3 programs, 0 missed" in each for each in printed)


UNREAD = [
    pytest.param(("go", GO | {"go.mod": "modul\n"}, "go.mod:1"), marks=needs_go),
    pytest.param(("rust", RUST | {"app/Cargo.toml": "[odd\n"}, "Cargo.toml"), marks=needs_cargo),
    pytest.param(("cpp", CPP | {"CMakeLists.txt": "odd()\n"}, "CMakeLists.txt"), marks=needs_cmake),
]


@pytest.mark.parametrize("case", UNREAD, ids=("go", "rust", "cpp"))
@pytest.mark.parametrize("mode", [[], ["traces"], ["replay"]], ids=("closures", "traces", "replay"))
def test_files_that_tools_cannot_read_are_a_failure(
    mode: list[str],
    case: tuple[str, dict[str, str], str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    language, files, text = case
    git = repository(tmp_path, files)
    git.write({"README.md": "more"})
    git.commit("change")
    assert main([*mode, language, str(git.root)]) == 1
    printed = capsys.readouterr().out
    assert "cannot be read: " in printed
    assert text in printed


@needs_go
def test_an_unreadable_module_is_a_failure_even_if_others_are_fine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git = repository(tmp_path, GO | {"odd/go.mod": "modul\n", "odd/main.go": "package main\n"})
    assert main(["go", str(git.root)]) == 1
    printed = capsys.readouterr().out
    assert "cannot be read: odd: " in printed
    assert "2 programs, 0 missed" in printed


@needs_go
def test_nothing_to_compare_is_a_failure(tmp_path: Path) -> None:
    git = repository(tmp_path, {"go.mod": GO["go.mod"], "lib/lib.go": GO["lib/lib.go"]})
    assert main(["go", str(git.root)]) == 1
    assert main(["traces", "go", str(git.root), "--cgo", "off"]) == 1


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MSBUILD_STORE", str(tmp_path_factory.mktemp("store")))
        yield


@needs_cargo
@needs_strace
@pytest.mark.usefixtures("store")
def test_traces_report_files_missing_from_the_closure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    git = repository(tmp_path, RUST | READS)
    assert main(["traces", "rust", str(git.root)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "app-app      8 files    0 missed",
        "1 program traced, 0 missed",
    ]
    all_inputs = Rust.inputs

    def narrowed(*given: Any) -> Inputs:
        found = all_inputs(*given)
        files = {path: why for path, why in found.files.items() if path != "kit/words.txt"}
        return replace(found, files=files)

    monkeypatch.setattr(Rust, "inputs", narrowed)
    assert main(["traces", "rust", str(git.root)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "app-app      7 files    1 missed",
        "    missed kit/words.txt (opened by build-script-build)",
        "1 program traced, 1 missed",
    ]


@needs_go
@needs_strace
@pytest.mark.usefixtures("store")
def test_go_is_traced_with_and_without_cgo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    c = {
        "web/c.go": 'package main\n\n// #include "../c/x.h"\nimport "C"\n',
        "c/x.h": "#define X 1\n",
        "broken/main.go": "package main\n\nfunc main() { nothing() }\n",
    }
    git = repository(tmp_path, GO | c)
    assert main(["traces", "go", str(git.root)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "with cgo off:",
        "tool        1 files    0 missed",
        "web         3 files    0 missed",
        "broken  could not be built",
        "2 programs traced, 1 not traced, 0 missed",
        "with cgo on:",
        "tool        1 files    0 missed",
        "web         5 files    0 missed",
        "broken  could not be built",
        "2 programs traced, 1 not traced, 0 missed",
    ]


@needs_go
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_replay_prints_its_totals(tmp_path: Path, number: signal.Signals) -> None:
    git = repository(tmp_path, GO)
    for text in map(str, range(40)):
        git.write({"lib/lib.go": f"package lib\n\nconst A = {text}\n"})
        git.commit("change")
    words = (sys.executable, "-m", "bench.closures", "replay", "go", str(git.root), "--verbose")
    # a shell ignores SIGINT in background processes, and children inherit that
    default = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        words,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=default,  # noqa: PLW1509
    ) as running:
        assert running.stdout
        assert "1 of 2 change" in running.stdout.readline()
        running.send_signal(number)
        printed = running.stdout.read()
    assert "interrupted; results so far:" in printed
    tally = re.search(r"^(\d+) commits?, ", printed, re.MULTILINE)
    assert tally
    assert 1 <= int(tally[1]) < 40
    assert running.returncode == EXIT_INTERRUPTED
    # the replay's work tree was removed
    assert len(git.run("worktree", "list").splitlines()) == 1
