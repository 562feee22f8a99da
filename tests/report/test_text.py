"""Formatting of numbers and untrusted text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msbuild.report.text import clean, counted, duration, one_line, rough, size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00 s"),
        (-1, "0.00 s"),
        (0.211, "0.21 s"),
        (0.994, "0.99 s"),
        (0.996, "1.0 s"),
        (3.24, "3.2 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 m 00 s"),
        (100, "1 m 40 s"),
        (3599.6, "1 h 00 m"),
        (7500, "2 h 05 m"),
    ],
)
def test_durations_are_formatted(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@given(st.floats(0, 1e7))
def test_durations_never_show_60_seconds_or_minutes(seconds: float) -> None:
    assert "60" not in duration(seconds).split(" h ")[-1].replace(" m", "").split()


def test_rough_durations_are_whole_seconds() -> None:
    assert [rough(seconds) for seconds in (-1, 0.9, 6.7, 61.2)] == ["0 s", "0 s", "6 s", "1 m 01 s"]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "–"),  # noqa: RUF001
        (0, "–"),  # noqa: RUF001
        (812, "812 B"),
        (1000, "1.0 kB"),
        (12_345_678, "12.3 MB"),
        (999_960, "1.0 MB"),
        (1_500_000_000, "1.5 GB"),
        (2_000_000_000_000, "2.0 TB"),
    ],
)
def test_sizes_are_formatted(count: int | None, text: str) -> None:
    assert size(count) == text


def test_numbers_agree_with_their_nouns() -> None:
    assert [counted(number, "job") for number in (0, 1, 2)] == ["0 jobs", "1 job", "2 jobs"]


@pytest.mark.parametrize(
    ("dirty", "text"),
    [
        ("plain", "plain"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b", "ab"),
        ("\x1b[2J\x1b[Hgone\x1b7\x1b(B", "gone"),
        ("\x9b31mred\x9d0;title\x9cx", "redx"),
        ("10%\r50%\r100%\r\n", "100%"),
        ("a\tb", "a       b"),
        ("bell\x07 null\x00", "bell  null"),
        ("evil\u202e", "evil"),
        ("byte \udcff!", "byte  !"),
        ("[bold]kept[/bold]", "[bold]kept[/bold]"),
        ("\x1b", ""),
        ("", ""),
    ],
)
def test_terminal_controls_are_removed(dirty: str, text: str) -> None:
    assert clean(dirty) == text


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    assert all(letter.isprintable() or ord(letter) >= 0xA0 for letter in clean(text))
    clean(text).encode()


def test_many_lines_become_one() -> None:
    assert one_line("go build \\\n    -o x\n") == "go build \\ -o x"
    assert one_line("x" * 20, 10) == "xxxxxxxxx…"
