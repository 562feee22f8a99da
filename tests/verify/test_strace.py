"""Running steps under strace, and what their calls did with files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.errors import UnavailableError
from msbuild.execute.local.isolation import Bubblewrap, Directory
from msbuild.execute.local.sandboxes import Sandbox, SandboxAccess
from msbuild.verify.strace import TRACE_DIRECTORY, How, TracedIsolation, find_strace, read_accesses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = '1 execve("/bin/sh", ["sh", "/run/step.sh"], 0x1 /* 3 vars */) = 0\n'


def seen(tmp_path: Path, *lines: str) -> list[tuple[str, str, str, int]]:
    """Path, access, program and depth, without the start of the shell itself."""
    trace = tmp_path / "trace"
    trace.write_text(START + "".join(f"{line}\n" for line in lines))
    return [
        (access.path, access.how.value, access.process.program, access.process.depth)
        for access in read_accesses(trace, "/work")
    ][1:]


@pytest.mark.parametrize(
    ("line", "path", "how"),
    [
        ('1 openat(AT_FDCWD</work>, "a", O_RDONLY) = 3</work/a>', "/work/a", How.OPENED),
        ('1 openat(5</work/d>, "a", O_RDONLY) = 3</work/d/a>', "/work/d/a", How.OPENED),
        ('1 open("a", O_RDONLY) = 3</work/a>', "/work/a", How.OPENED),
        ('1 openat(AT_FDCWD</work>, "a", O_RDWR) = 3</work/a>', "/work/a", How.OPENED),
        (
            '1 openat2(AT_FDCWD</work>, "a", {flags=O_RDONLY, resolve=0}, 24) = 3',
            "/work/a",
            "opened",
        ),
        (
            '1 openat(AT_FDCWD</work>, "a", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3',
            "/work/a",
            "written",
        ),
        ('1 openat(AT_FDCWD</work>, "a", O_RDWR|O_CREAT|O_EXCL, 0600) = 3', "/work/a", "written"),
        ('1 openat2(AT_FDCWD</work>, "a", {flags=O_WRONLY|O_CREAT}, 24) = 3', "/work/a", "written"),
        ('1 openat(AT_FDCWD</work>, "a", O_RDONLY|O_PATH) = 3', "/work/a", "looked for"),
        ('1 openat(AT_FDCWD</work>, "a", O_RDONLY) = -1 ENOENT (No)', "/work/a", "looked for"),
        ('1 access("a", R_OK) = 0', "/work/a", How.LOOKED_FOR),
        ('1 statx(AT_FDCWD</work>, "a", 0, STATX_ALL, {...}) = 0', "/work/a", How.LOOKED_FOR),
        ('1 readlink("a", "b", 4095) = 1', "/work/a", How.OPENED),
        (
            '1 readlinkat(AT_FDCWD</work>, "/work/a", 0x1, 4) = -1 EINVAL (No)',
            "/work/a",
            "looked for",
        ),
        ("1 getdents64(3</work/d>, 0x55 /* 3 entries */, 32768) = 80", "/work/d", How.LISTED),
        ('1 unlink("a") = 0', "/work/a", How.WRITTEN),
        ('1 symlink("../b", "a") = 0', "/work/a", How.WRITTEN),
        ('1 creat("a", 0666) = 3', "/work/a", How.WRITTEN),
    ],
)
def test_a_call_accesses_a_path(tmp_path: Path, line: str, path: str, how: str) -> None:
    assert seen(tmp_path, line) == [(path, how, "sh", 0)]


def test_a_listing_read_to_its_end_is_one_access(tmp_path: Path) -> None:
    lines = [
        "1 getdents64(3</work/d>, 0x55 /* 3 entries */, 32768) = 80",
        "1 getdents64(3</work/d>, 0x55 /* 0 entries */, 32768) = 0",
    ]
    assert seen(tmp_path, *lines) == [("/work/d", "listed", "sh", 0)]


def test_a_moved_file_is_read_and_both_names_are_written(
    tmp_path: Path,
) -> None:
    line = '1 renameat2(AT_FDCWD</work>, "a", 4</work/d>, "b", 0) = 0'
    assert seen(tmp_path, line) == [
        ("/work/a", "opened", "sh", 0),
        ("/work/a", "written", "sh", 0),
        ("/work/d/b", "written", "sh", 0),
    ]
    assert seen(tmp_path, '1 link("a", "b") = 0') == [
        ("/work/a", "opened", "sh", 0),
        ("/work/b", "written", "sh", 0),
    ]


def test_stat_and_lstat_are_distinguished_from_other_calls(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    lines = [
        '1 newfstatat(AT_FDCWD</work>, "a", {st_mode=S_IFREG|0644, ...}, 0) = 0',
        '1 newfstatat(AT_FDCWD</work>, "a", {st_mode=S_IFREG|0644, ...}, AT_SYMLINK_NOFOLLOW) = 0',
        '1 stat("a", {st_mode=S_IFREG|0644, ...}) = 0',
        '1 lstat("a", {st_mode=S_IFREG|0644, ...}) = 0',
        '1 access("a", R_OK) = 0',
    ]
    trace.write_text(START + "".join(f"{line}\n" for line in lines))
    asked = [access.asked for access in read_accesses(trace, "/work")][1:]
    assert asked == ["stat", "lstat", "stat", "lstat", ""]


def test_a_descriptor_without_a_name_is_not_a_path(tmp_path: Path) -> None:
    assert seen(tmp_path, '1 newfstatat(3</work/a>, "", {st_size=3, ...}, AT_EMPTY_PATH) = 0') == []


def test_a_relative_name_is_relative_to_the_working_directory(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        '1 chdir("go/lib") = 0',
        '1 access("../x", R_OK) = 0',
        "1 fchdir(3</work/rust>) = 0",
        '1 access("y", R_OK) = 0',
        '1 chdir("nowhere") = -1 ENOENT (No such file or directory)',
        '1 access("z", R_OK) = 0',
    )
    assert [path for path, how, _, _ in found if how == "looked for"] == [
        "/work/go/lib/../x",
        "/work/rust/y",
        "/work/rust/z",
    ]


def test_children_inherit_the_working_directory_and_change_their_own(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        '1 chdir("sub") = 0',
        "1 clone(child_stack=NULL, flags=SIGCHLD) = 2",
        '2 chdir("deeper") = 0',
        '2 access("a", R_OK) = 0',
        '1 access("b", R_OK) = 0',
    )
    assert [path for path, how, _, _ in found if how == "looked for"] == [
        "/work/sub/deeper/a",
        "/work/sub/b",
    ]


def test_threads_share_the_working_directory(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        "1 clone3({flags=CLONE_VM|CLONE_FS|CLONE_THREAD, exit_signal=0}, 88) = 2",
        '2 chdir("sub") = 0',
        '1 access("a", R_OK) = 0',
    )
    assert found[-1][0] == "/work/sub/a"


def test_programs_have_a_depth(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        "1 vfork( <unfinished ...>",
        # the child makes a call before the fork of its parent returns
        '2 execve("/usr/bin/cargo", ["cargo"], 0x1 /* 3 vars */ <unfinished ...>',
        "1 <... vfork resumed>) = 2",
        "2 <... execve resumed>) = 0",
        '2 access("a", R_OK) = 0',
        "2 clone(child_stack=NULL, flags=SIGCHLD) = 3",
        '3 access("b", R_OK) = 0',
        '3 execve("./build-script", ["x"], 0x1 /* 3 vars */) = 0',
        '3 access("c", R_OK) = 0',
        # a wrapper that replaces itself with another program adds no depth
        '3 execve("/usr/bin/rustc", ["x"], 0x1 /* 3 vars */) = 0',
        '3 access("d", R_OK) = 0',
    )
    assert [(path, program, depth) for path, _, program, depth in found] == [
        ("/usr/bin/cargo", "cargo", 1),
        ("/work/a", "cargo", 1),
        ("/work/b", "cargo", 1),
        ("/work/./build-script", "build-script", 2),
        ("/work/c", "build-script", 2),
        ("/usr/bin/rustc", "rustc", 2),
        ("/work/d", "rustc", 2),
    ]


def test_a_reused_pid_is_another_process(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        "1 clone(child_stack=NULL, flags=SIGCHLD) = 2",
        '2 execve("/bin/first", ["first"], 0x1 /* 3 vars */) = 0',
        "2 +++ exited with 0 +++",
        "1 clone(child_stack=NULL, flags=SIGCHLD) = 2",
        '2 access("a", R_OK) = 0',
    )
    assert found[-1] == ("/work/a", "looked for", "sh", 0)


def test_only_absolute_paths_outside_the_directory_are_skipped_unparsed(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        '1 openat(AT_FDCWD</work>, "/usr/include/stdio.h", O_RDONLY) = 3</usr/include/stdio.h>',
        '1 access("/etc/ld.so.preload", R_OK) = -1 ENOENT (No such file or directory)',
        '1 openat(AT_FDCWD</work>, "/usr/../work/b", O_RDONLY <unfinished ...>',
        "1 <... openat resumed>) = 3</work/b>",
        '1 openat(AT_FDCWD</usr>, "/work/a", O_RDONLY) = 3</work/a>',
    )
    assert [path for path, _, _, _ in found] == ["/usr/../work/b", "/work/a"]


VERSION = 'case "$1" in -V) echo "strace -- version {}"; exit 0 ;; esac\n'


@pytest.fixture(autouse=True)
def unknown() -> Iterator[None]:
    find_strace.cache_clear()
    yield
    find_strace.cache_clear()


def fake_strace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> str:
    program = tmp_path / "strace"
    program.write_text(f"#!/bin/sh\n{script}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return str(program)


def test_a_missing_strace_is_an_error_with_the_package_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError) as caught:
        find_strace()
    assert "not installed on this host" in caught.value.message
    assert caught.value.hint == "`apt-get install strace`"
    assert caught.value.exit_code == 3


def test_a_strace_that_is_too_old_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_strace(tmp_path, monkeypatch, VERSION.format("4.26"))
    with pytest.raises(UnavailableError, match=r"older than 5\.3"):
        find_strace()


def test_a_system_that_forbids_tracing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = VERSION.format("6.13") + "echo 'strace: ptrace: Operation not permitted' >&2\nexit 1\n"
    fake_strace(tmp_path, monkeypatch, script)
    with pytest.raises(UnavailableError) as caught:
        find_strace()
    assert "Operation not permitted" in caught.value.message
    assert "--cap-add SYS_PTRACE" in str(caught.value.hint)


@pytest.mark.parametrize("inner", [Directory(), Bubblewrap("/usr/bin/bwrap")])
def test_each_step_is_traced_inside_its_isolation_into_its_own_file(
    inner: Directory | Bubblewrap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = fake_strace(tmp_path, monkeypatch, VERSION.format("6.13") + "exit 0\n")
    isolation = TracedIsolation(inner, tmp_path / "traces")
    sandbox, script = Sandbox(tmp_path / "sandbox"), tmp_path / "step.sh"
    for number in range(2):
        command = list(isolation.command(sandbox, script, SandboxAccess()))
        plain = list(inner.command(sandbox, script, SandboxAccess()))
        at = command.index(program)
        # the same isolation around it, the same shell after it
        assert command[-2:] == plain[-2:]
        assert command[0] == (plain[0] if at else program)
        trace = command[command.index("-o") + 1]
        assert trace == f"{inner.seen(sandbox).cache}/{TRACE_DIRECTORY}/{number}.trace"
    assert isolation.traces == [tmp_path / "traces/0.trace", tmp_path / "traces/1.trace"]
    assert isolation.root == str(inner.seen(sandbox).work)
