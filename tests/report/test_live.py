"""The live view: its size, its estimates, and the lines that stay on the screen."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from msbuild.events import Event, JobStarted, LogLine, RunStarted
from msbuild.report.live import Forecast, LiveReporter, Outlook, Running, View

from .fakes import (
    BAD_RUN,
    EMPTY_RUN,
    GOOD_RUN,
    INTERRUPTED_RUN,
    planned,
    send_events,
    shop,
)

CHAIN = shop(planned("a", estimate=10), planned("b", "a", estimate=30), planned("c", estimate=20))


def test_the_longest_chain_decides_with_enough_slots() -> None:
    assert Forecast(CHAIN, 4).outlook([], {}) == Outlook(0, 40)


def test_the_work_decides_with_few_slots() -> None:
    assert Forecast(CHAIN, 1).outlook([], {}) == Outlook(0, 60)


def test_heavy_jobs_count_for_all_their_slots() -> None:
    heavy = shop(replace(planned("a", estimate=10), cores=8), planned("b", estimate=10))
    assert Forecast(heavy, 2).outlook([], {}) == Outlook(0, 15)


def test_running_jobs_count_for_the_time_they_have_run() -> None:
    seen = Forecast(CHAIN, 4).outlook(["a"], {"b": 5.0, "c": 100.0})
    assert seen.share == pytest.approx(35 / 60)
    assert seen.remaining == 25


def test_nothing_remains_at_the_end() -> None:
    assert Forecast(CHAIN, 4).outlook(["a", "b", "c"], {}) == Outlook(1, 0)
    assert Forecast(shop(), 4).outlook([], {}).share == 1


def test_without_measurements_there_is_no_estimate() -> None:
    assert Forecast(shop(planned("a"), planned("b")), 1).outlook(["a"], {}) == Outlook(0.5, None)


HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


def drawn(view: View, width: int, height: int) -> list[str]:
    """The lines that a terminal of this size shows."""
    console = Console(
        file=io.StringIO(), force_terminal=True, color_system=None, width=width, height=height
    )
    console.print(view)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def running(count: int) -> list[Running]:
    return [
        Running(f"service-{number:02d}", number, "RUN go build ./cmd/app", is_service=True)
        for number in range(count)
    ]


class Screen:
    """A live reporter on a terminal made of text, with a manual clock."""

    def __init__(self, *, width: int = 80, verbose: int = 0) -> None:
        self.now = 100.0
        self.file = io.StringIO()
        console = Console(
            file=self.file, force_terminal=True, color_system=None, width=width, height=24
        )
        self.reporter = LiveReporter(
            self.file, color=False, verbose=verbose, console=console, clock=lambda: self.now
        )

    def send_events(self, events: list[Event]) -> str:
        send_events(self.reporter, events)
        return self.file.getvalue()


def test_running_jobs_and_a_bar_are_shown() -> None:
    view = View(running(2), done=3, total=9, outlook=Outlook(0.25, 41.4))
    assert drawn(view, 80, 24) == [
        "service-00       0 s  RUN go build ./cmd/app",
        "service-01       1 s  RUN go build ./cmd/app",
        "━" * 10 + "─" * 30 + "  3/9  about 41 s left",
    ]


def test_lines_fit_a_narrow_terminal() -> None:
    lines = drawn(View(running(1), 3, 9, Outlook(0.5, 100)), 40, 15)
    assert lines == [
        "service-00       0 s  RUN go build ./c…",
        "━━━━━──────  3/9  about 1 m 40 s left",
    ]
    assert len(lines[-1] + "^C") < 40, "a terminal echoes the key, and must not wrap for it"


def test_a_very_narrow_terminal_still_shows_something() -> None:
    lines = drawn(View(running(30), 3, 9, Outlook(0.5, 100)), 12, 3)
    assert lines == ["… 30 more", "3/9  abo…"]


def test_jobs_that_do_not_fit_are_counted() -> None:
    lines = drawn(View(running(30), 0, 30, Outlook(0, None)), 80, 24)
    assert len(lines) == 22
    assert lines[-2] == "… 10 more"
    assert lines[-1].endswith("  0/30")


def test_without_estimates_no_remaining_time_is_shown() -> None:
    assert drawn(View([], 1, 4, Outlook(0.25, None)), 80, 24)[0].endswith("─  1/4")
    assert drawn(View([], 1, 4, Outlook(0.99, 0.2)), 80, 24)[0].endswith("  1/4  almost done")
    assert drawn(View([], 1, 4, Outlook(1, 9), stopping=True), 80, 24)[0].endswith("  stopping")


def test_output_of_tools_is_not_interpreted() -> None:
    screen = Screen()
    screen.reporter(RunStarted(0, shop(planned("gateway", estimate=8)), "docker", 2))
    screen.reporter(JobStarted(0, "gateway", 1))
    screen.reporter(LogLine(1, "gateway", "", "[red]no\x1b[2J markup[/red] \x1b]0;title\x07"))
    screen.now += 3
    try:
        assert drawn(screen.reporter.view(), 80, 24) == [
            "gateway       3 s  [red]no markup[/red]",
            "━" * 15 + "─" * 25 + "  0/1  about 5 s left",
        ]
    finally:
        screen.reporter.close()


def test_finished_jobs_scroll_above_and_the_summary_comes_last() -> None:
    text = Screen().send_events(GOOD_RUN)
    for line in (
        "✓ go-deps  built in 12 s",
        "~ orders   retrying in 1 s: registry does not respond",
        "✓ gateway  built in 3.2 s",
        "✓ orders   cached in 2.4 s",
        "gateway  built    3.2 s  12.3 MB   1.5 GB",
    ):
        assert line in text
    assert text.endswith(
        "\n\ndone in 16 s: 1 service built; reused 3 of 4 images, saved about 1 m 40 s\n"
    )


def test_failures_are_shown_in_full_at_the_end() -> None:
    text = Screen().send_events(BAD_RUN)
    assert "✗ go-deps  failed after 3.2 s: exit code: 1" in text
    assert "- gateway  skipped: needs go-deps, which failed" in text
    assert "  | main.go:3:1: undefined: foo\n" in text[text.rindex("failed: go-deps") :]


def test_verbose_shows_the_output_of_steps() -> None:
    assert "gateway | compiling main\n" in Screen(verbose=1).send_events(GOOD_RUN)
    assert "gateway | " not in Screen().send_events(GOOD_RUN)


def test_the_cursor_is_restored() -> None:
    for events in (GOOD_RUN, BAD_RUN, INTERRUPTED_RUN, GOOD_RUN[:5]):
        text = Screen().send_events(events)
        assert text.count(HIDE) == text.count(SHOW) == 1
        assert text.index(HIDE) < text.index(SHOW)


def test_nothing_to_build_is_one_line() -> None:
    assert Screen().send_events(EMPTY_RUN) == "nothing to build: 9 services up to date (0.21 s)\n"


def test_only_the_closing_line_is_wrapped() -> None:
    assert (
        Screen(width=40)
        .send_events(GOOD_RUN)
        .endswith("done in 16 s: 1 service built; reused 3 \nof 4 images, saved about 1 m 40 s\n")
    )
