"""Lines of strace output become calls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msbuild.verify.trace import (
    EXITED,
    Call,
    descriptor_path,
    parse_call,
    read_calls,
    string,
    unescaped,
)


def test_a_plain_call_has_its_arguments_and_result() -> None:
    line = '7     openat(AT_FDCWD</work>, "a.txt", O_RDONLY|O_CLOEXEC) = 3</work/a.txt>'
    (call,) = read_calls([line])
    assert call == Call(
        7, "openat", ("AT_FDCWD</work>", '"a.txt"', "O_RDONLY|O_CLOEXEC"), "3</work/a.txt>"
    )
    assert not call.failed


@pytest.mark.parametrize(
    ("line", "arguments", "result"),
    [
        ('1 chdir("/work")                    = 0', ('"/work"',), "0"),
        (
            '1 newfstatat(3</w>, "x", {st_mode=S_IFREG|0644, st_size=3, ...}, 0) = 0',
            ("3</w>", '"x"', "{st_mode=S_IFREG|0644, st_size=3, ...}", "0"),
            "0",
        ),
        (
            '1 execve("/bin/sh", ["sh", "-c", "f(a) = 1, b"], 0x7ff /* 35 vars */) = 0',
            ('"/bin/sh"', '["sh", "-c", "f(a) = 1, b"]', "0x7ff /* 35 vars */"),
            "0",
        ),
        ("1 vfork()                         = 9", ("",), "9"),
        ('1 open("a) = 3, \\"b", 0) = -1 ENOENT (No)', ('"a) = 3, \\"b"', "0"), "-1 ENOENT (No)"),
        ('1 open("x", 0) = 3</w/a, b(c>', ('"x"', "0"), "3</w/a, b(c>"),
    ],
)
def test_arguments_are_split_only_at_top_level_commas(
    line: str, arguments: tuple[str, ...], result: str
) -> None:
    (call,) = read_calls([line])
    assert (call.arguments, call.result) == (arguments, result)


def test_an_interrupted_call_is_complete_when_it_ends() -> None:
    calls = list(
        read_calls(
            [
                '6 openat(AT_FDCWD</w>, "slow", O_RDONLY <unfinished ...>',
                '7 openat(AT_FDCWD</w>, "quick", O_RDONLY) = 4</w/quick>',
                "6 <... openat resumed>)             = 3</w/slow>",
            ]
        )
    )
    assert [(call.pid, call.argument(1)) for call in calls] == [(7, '"quick"'), (6, '"slow"')]
    assert calls[1].result == "3</w/slow>"


def test_a_call_whose_process_was_killed_is_left_out() -> None:
    lines = ["6 openat(AT_FDCWD</w>, <unfinished ...>", "6 +++ killed by SIGKILL +++"]
    assert [call.name for call in read_calls(lines)] == [EXITED]


def test_a_thread_that_executes_a_program_takes_over_the_pid_of_its_process() -> None:
    lines = [
        '9 execve("/bin/x", ["x"], 0x1 /* 2 vars */ <unfinished ...>',
        "6 +++ superseded by execve in pid 9 +++",
        "6 <... execve resumed>) = 0",
    ]
    (call,) = read_calls(lines)
    assert (call.pid, call.name, call.result) == (6, "execve", "0")


@pytest.mark.parametrize(
    "line", ["", "no call", "1 --- SIGCHLD {si_signo=SIGCHLD} ---", "1 open(", '1 open("a", 0']
)
def test_lines_that_are_not_calls_are_skipped(line: str) -> None:
    assert list(read_calls([line])) == []


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ('"plain"', "plain"),
        (r'"a\"b\\c\n"', 'a"b\\c\n'),
        (r'"\303\244.h"', "ä.h"),
        (r'"\0\33[1m"', "\0\x1b[1m"),
        ('"cut"...', None),
        ("NULL", None),
        ("0x7ffd", None),
    ],
)
def test_strings_are_unquoted(argument: str, text: str | None) -> None:
    assert string(argument) == text


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("3</work/x>", "/work/x"),
        ("AT_FDCWD</work>", "/work"),
        (r"4</w/a\74b\76>", "/w/a<b>"),
        ("5<socket:[17]>", None),
        ("3", None),
        ("-1 ENOENT (No such file)", None),
    ],
)
def test_descriptors_have_paths(text: str, path: str | None) -> None:
    assert descriptor_path(text) == path


def escaped(name: bytes) -> str:
    """A path as strace writes it."""
    plain = {ord('"'): '\\"', ord("\\"): "\\\\", ord("<"): "\\074", ord(">"): "\\076"}
    return "".join(
        plain.get(byte, chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in name
    )


@given(st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name))
def test_any_file_name_survives_the_round_trip_through_a_trace(name: bytes) -> None:
    text = escaped(name)
    call = parse_call(1, f'openat(AT_FDCWD</w>, "{text}", O_RDONLY) = 3</w/{text}>')
    assert call is not None
    wanted = name.decode("utf-8", "surrogateescape")
    assert string(call.argument(1)) == wanted
    assert descriptor_path(call.result) == f"/w/{wanted}"
    assert unescaped(text) == wanted
