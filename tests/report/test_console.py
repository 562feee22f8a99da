"""Which reporters are chosen, and broken streams and reporters."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from msbuild.report.console import Guard, Mode, choose_color, choose_mode, make_reporter
from msbuild.report.text import Sink

from .fakes import EMPTY_RUN, GOOD_RUN, Terminal, send_events

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.events import Event


@pytest.mark.parametrize(
    ("mode", "verbose", "environ", "terminal", "chosen"),
    [
        ("auto", 0, {}, True, "live"),
        ("auto", 0, {}, False, "plain"),
        ("auto", 1, {}, True, "plain"),
        ("auto", 0, {"TERM": "dumb"}, True, "plain"),
        ("auto", 0, {"CI": "true"}, True, "plain"),
        ("auto", 0, {"CI": "false"}, True, "live"),
        ("live", 1, {"CI": "true"}, True, "live"),
        ("live", 0, {}, False, "plain"),
        ("live", 0, {"TERM": "dumb"}, True, "plain"),
        ("json", 0, {}, True, "json"),
        ("quiet", 0, {}, True, "quiet"),
    ],
)
def test_the_mode_depends_on_terminal_and_environment(
    mode: Mode, verbose: int, environ: dict[str, str], terminal: bool, chosen: Mode
) -> None:
    assert choose_mode(mode, verbose, environ, terminal=terminal) == chosen


@pytest.mark.parametrize(
    ("environ", "terminal", "color"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"CLICOLOR_FORCE": "1"}, False, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"CLICOLOR_FORCE": "0"}, False, False),
        ({"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, True, False),
        ({"CLICOLOR": "0"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_color_depends_on_terminal_and_environment(
    environ: dict[str, str], terminal: bool, color: bool
) -> None:
    assert choose_color(environ, terminal=terminal) is color


def test_each_mode_has_its_own_reporter() -> None:
    def output(mode: Mode, stream: io.StringIO) -> str:
        send_events(make_reporter(mode, 0, stream, environ={}), GOOD_RUN)
        return stream.getvalue()

    assert output("json", Terminal()).startswith('{"event":"run_started"')
    assert output("quiet", io.StringIO()).startswith("done in 16 s")
    assert output("auto", io.StringIO()).startswith("shop: 2 services")
    assert "\x1b[?25l" in output("auto", Terminal()), "the live view hides the cursor"


def test_a_terminal_without_unicode_gets_plain_lines() -> None:
    stream = Terminal()
    stream.encoding = "ascii"
    send_events(make_reporter("live", 0, stream, environ={}), GOOD_RUN)
    assert "\x1b[?25l" not in stream.getvalue()


def test_rich_is_not_imported_without_jobs() -> None:
    check = (
        "import sys\n"
        "from msbuild.report.console import make_reporter\n"
        "from tests_report_fakes import EMPTY_RUN, Terminal, send_events\n"
        "stream = Terminal()\n"
        "send_events(make_reporter('live', 0, stream, environ={}), EMPTY_RUN)\n"
        "assert 'nothing to build: 9 services' in stream.getvalue()\n"
        "sys.exit('rich' in sys.modules)\n"
    )
    load = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('tests_report_fakes', {fakes_file()!r})\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "sys.modules['tests_report_fakes'] = module\n"
        "spec.loader.exec_module(module)\n"
    )
    assert subprocess.run([sys.executable, "-c", load + check], check=False).returncode == 0


def fakes_file() -> str:
    return str(sys.modules[send_events.__module__].__file__)


def test_a_broken_reporter_does_not_stop_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken:
        calls = 0

        def __call__(self, event: Event) -> None:
            self.calls += 1
            assert event
            raise OSError("disk full")

        def close(self) -> None:
            raise ValueError("again")

    broken = Broken()
    send_events(Guard(broken), GOOD_RUN)
    assert broken.calls == 1
    assert capsys.readouterr().err == (
        "warning: cannot continue to report this run: OSError: disk full\n"
    )


def test_a_closed_pipe_is_not_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    read, write = os.pipe()
    with os.fdopen(write, "w") as stream:
        os.close(read)
        send_events(make_reporter("plain", 1, stream), GOOD_RUN)
        send_events(make_reporter("json", 0, stream), EMPTY_RUN)
    assert capfd.readouterr().err == ""


def test_characters_a_stream_cannot_encode_are_replaced() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    Sink(stream).lines(["a … b"])
    assert raw.getvalue() == b"a ? b\n"


CODE = """
import sys
from pathlib import Path
from msbuild.report.console import with_times
from tests.report import fakes
reporter = with_times(lambda event: None, Path(sys.argv[1]), None)
for event in getattr(fakes, sys.argv[2]):
    reporter(event)
print(*sorted(name for name in sys.modules if name.startswith("msbuild.report.")))
"""


@pytest.mark.parametrize(("run", "loaded"), [("EMPTY_RUN", False), ("GOOD_RUN", True)])
def test_only_a_run_with_jobs_imports_the_recorder(
    tmp_path: Path, run: str, *, loaded: bool
) -> None:
    command = [sys.executable, "-c", CODE, str(tmp_path), run]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    modules = done.stdout.split()
    assert ("msbuild.report.lastrun" in modules) is loaded
    assert "msbuild.report.trace" not in modules
