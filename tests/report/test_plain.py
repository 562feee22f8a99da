"""Plain lines, word for word."""

from __future__ import annotations

import io
import subprocess
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

from msbuild.events import Event, JobFinished, RunFinished, RunStarted
from msbuild.report.plain import PlainReporter, QuietReporter
from msbuild.report.summary import BUG_HINT
from msbuild.report.text import Paint, Sink

from .fakes import (
    BAD_RUN,
    EMPTY_RUN,
    FAILED,
    GOOD_RUN,
    INTERRUPTED_RUN,
    planned,
    send_events,
    shop,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


def plain(events: Iterable[Event], *, verbose: int = 0, color: bool = False) -> str:
    stream = io.StringIO()
    send_events(PlainReporter(Sink(stream), Paint(color=color), verbose=verbose), events)
    return stream.getvalue()


def quiet(events: Iterable[Event]) -> str:
    stream = io.StringIO()
    send_events(QuietReporter(Sink(stream), Paint(color=False)), events)
    return stream.getvalue()


def test_a_successful_run_is_written() -> None:
    assert plain(GOOD_RUN) == dedent("""\
        shop: 2 services to build, 2 up to date; 4 jobs at a time on docker
        go-deps  started
        go-deps  built in 12 s
        gateway  started
        orders   started
        orders   retrying in 1 s: registry does not respond
        orders   restarted, attempt 2
        gateway  built in 3.2 s
        orders   cached in 2.4 s

        service  outcome   time    image  builder
        go-deps  built     12 s        –        –
        gateway  built    3.2 s  12.3 MB   1.5 GB
        orders   cached   2.4 s   9.0 MB        –
        billing  cached       –   8.1 MB        –
        web      cached       –   8.1 MB        –

        done in 16 s: 1 service built; reused 3 of 4 images, saved about 1 m 40 s
        """)  # noqa: RUF001


def test_verbose_shows_steps_and_their_output() -> None:
    lines = plain(GOOD_RUN, verbose=1).splitlines()
    assert "gateway  started: gateway/main.go changed" in lines
    assert [line for line in lines if line.startswith("gateway |")] == [
        "gateway | RUN go build ./...",
        "gateway | compiling main",
        "gateway | RUN go build ./...  done in 2.5 s",
        "gateway | COPY . .  cached",
    ]


def test_a_failure_is_shown_in_full_at_once_and_in_one_line_at_the_end() -> None:
    assert plain(BAD_RUN) == dedent("""\
        shop: 2 services to build, 2 up to date; 4 jobs at a time on docker
        go-deps  started
        go-deps  failed after 3.2 s
          stage: go-deps
          step:  RUN go build ./...
          | # shop/gateway
          | main.go:3:1: undefined: foo
          error: exit code: 1
          log:   /logs/go-deps.log
          hint:  fix `main.go`
        gateway  skipped: needs go-deps, which failed
        orders   skipped: needs go-deps, which failed

        service  outcome   time   image
        go-deps  failed   3.2 s       –
        gateway  skipped: needs go-deps, which failed
        orders   skipped: needs go-deps, which failed
        billing  cached       –  8.1 MB
        web      cached       –  8.1 MB

        failed: go-deps: RUN go build ./...: exit code: 1 (log: /logs/go-deps.log)

        failed after 3.5 s: go-deps failed, 2 services skipped; reused 2 of 4 images, saved about 1 m 40 s
        """)  # noqa: E501, RUF001


def test_an_interrupted_run_is_reported() -> None:
    assert plain(INTERRUPTED_RUN) == dedent("""\
        shop: 2 services to build, 2 up to date; 4 jobs at a time on docker
        go-deps  started
        go-deps  cancelled after 2.0 s

        service  outcome  time   image
        gateway  cancelled before it started
        orders   cancelled before it started
        billing  cached      –  8.1 MB
        web      cached      –  8.1 MB

        interrupted after 2.3 s: 2 services cancelled
        """)  # noqa: RUF001


def test_nothing_to_build_is_one_line() -> None:
    line = "nothing to build: 9 services up to date (0.21 s)\n"
    assert plain(EMPTY_RUN) == line
    assert plain(EMPTY_RUN, verbose=2) == line
    assert quiet(EMPTY_RUN) == line
    assert quiet([RunStarted(0, shop(), "docker", 1), RunFinished(0, 0.1, 0, {})]) == (
        "nothing to build (0.10 s)\n"
    )


def test_quiet_is_one_line_on_success() -> None:
    assert quiet(GOOD_RUN) == (
        "done in 16 s: 1 service built; reused 3 of 4 images, saved about 1 m 40 s\n"
    )


def test_quiet_shows_failures_in_full() -> None:
    text = quiet(BAD_RUN)
    assert text.startswith("failed: go-deps\n  stage: go-deps\n")
    assert text.splitlines()[-1].startswith("failed after 3.5 s")


def test_services_are_bold_and_shared_stages_dim() -> None:
    text = plain(GOOD_RUN, color=True)
    assert "\x1b[1mgateway\x1b[0m  \x1b[32mbuilt\x1b[0m in 3.2 s\n" in text
    assert "\x1b[2mgo-deps\x1b[0m  \x1b[32mbuilt\x1b[0m in 12 s\n" in text


def test_an_unexpected_error_is_called_unexpected() -> None:
    events: list[Event] = [
        RunStarted(0, shop(planned("a")), "docker", 1),
        JobFinished(1, "a", FAILED, 1, error=ZeroDivisionError("oops")),
    ]
    assert plain(events).endswith(
        f"a  failed after 1.0 s\n  error: unexpected ZeroDivisionError: oops\n  hint:  {BUG_HINT}\n"
    )


def test_plain_lines_do_not_import_rich() -> None:
    check = "import sys, msbuild.report.plain; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
