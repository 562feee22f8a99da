"""JSON lines: each parses, the fields are those of the documentation, the result comes last."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from msbuild.errors import BuildError, Missing, UnavailableError, UsageError
from msbuild.events import Event, JobStarted
from msbuild.report.jsonl import JsonReporter, error_fields, failed_before_start
from msbuild.report.text import Sink

from .fakes import BAD_RUN, EMPTY_RUN, GOOD_RUN, INTERRUPTED_RUN, send_events

if TYPE_CHECKING:
    from collections.abc import Iterable

DOCUMENT = Path(__file__).parents[2] / "docs" / "events.md"


def json_lines(events: Iterable[Event]) -> list[dict[str, Any]]:
    stream = io.StringIO()
    send_events(JsonReporter(Sink(stream)), events)
    assert stream.getvalue().isascii()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def inner_fields(event: dict[str, Any]) -> dict[str, list[str]]:
    """The fields of the objects that an event contains by name; all of a kind have the same."""
    found: dict[str, list[str]] = {}
    for key in ("jobs", "cached", "services", "stages"):
        for value in event.get(key, {}).values():
            assert found.setdefault(key, list(value)) == list(value)
            found["reason"] = list(value["reason"])
    if event.get("error"):
        found["error"] = list(event["error"])
    return found


def documented() -> dict[str, Any]:
    blocks = re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    examples = [json.loads(block) for block in blocks]
    return {example["event"]: example for example in examples}


def every_event() -> dict[str, dict[str, Any]]:
    """An event of each kind, the one with the most fields set."""
    found: dict[str, dict[str, Any]] = {}
    events = json_lines(GOOD_RUN) + json_lines(BAD_RUN)
    for event in sorted(events, key=lambda event: bool(event.get("error"))):
        found[event["event"]] = event
    found["result"] = json_lines(BAD_RUN)[-1]
    return found


def test_the_documentation_has_an_example_of_each_event() -> None:
    assert documented().keys() == every_event().keys()


@pytest.mark.parametrize("kind", sorted(every_event()))
def test_the_examples_have_the_fields_of_the_events(kind: str) -> None:
    example, event = documented()[kind], every_event()[kind]
    assert list(example) == list(event), "in the same order, too"
    assert inner_fields(example) == inner_fields(event)


def test_a_successful_run_is_written() -> None:
    lines = json_lines(GOOD_RUN)
    assert [line["event"] for line in lines] == [
        "run_started",
        "job_started",
        "job_finished",
        "job_started",
        "job_started",
        "step",
        "log",
        "step",
        "step",
        "job_retried",
        "job_started",
        "job_finished",
        "job_finished",
        "result",
    ]
    assert all("at" in line for line in lines)
    assert lines[6]["text"] == "compiling\x1b[2J main\x07"
    assert [lines[place]["state"] for place in (5, 7, 8)] == ["begun", "done", "cached"]
    assert lines[-1]["services"]["gateway"] == {
        "outcome": "built",
        "reason": {"kind": "changed", "text": "gateway/main.go changed"},
        "seconds": 3.2,
        "image": "sha256:new",
        "size": 12_345_678,
        "fingerprint": "fp-gateway",
        "because": None,
        "error": None,
        "builder_size": 1_500_000_000,
        "tags": ["shop/gateway:latest"],
    }
    assert {name: fields["outcome"] for name, fields in lines[-1]["services"].items()} == {
        "gateway": "built",
        "orders": "cached",
        "billing": "cached",
        "web": "cached",
    }
    assert lines[-1]["stages"]["go-deps"]["seconds"] == 12.4


def test_times_are_rounded_to_milliseconds() -> None:
    started = JobStarted(1.23456789, "a", 1)
    (line,) = json_lines([started])
    assert line == {"event": "job_started", "at": 1.235, "job": "a", "attempt": 1}


def test_a_failed_run_names_failed_and_skipped_jobs() -> None:
    result = json_lines(BAD_RUN)[-1]
    assert result["exit_code"] == 1
    assert result["services"]["gateway"]["outcome"] == "skipped"
    assert result["services"]["gateway"]["because"] == "go-deps"
    error = result["stages"]["go-deps"]["error"]
    assert error["message"] == "exit code: 1"
    assert error["tail"][0] == "# shop/gateway"
    assert error["missing"] == []


def test_files_a_step_cannot_see_are_structured() -> None:
    missing = (Missing("schema", "unlisted"), Missing("x.h", "ignored", ".gitignore:3"))
    value = error_fields(BuildError("exit code: 1", stage="a-build", missing=missing))
    assert value is not None
    assert value["missing"] == [
        {"path": "schema", "reason": "unlisted", "detail": None},
        {"path": "x.h", "reason": "ignored", "detail": ".gitignore:3"},
    ]


@pytest.mark.parametrize("events", [GOOD_RUN, BAD_RUN, INTERRUPTED_RUN, EMPTY_RUN])
def test_there_is_one_result_and_it_is_last(events: list[Event]) -> None:
    kinds = [line["event"] for line in json_lines(events)]
    assert kinds.count("result") == 1
    assert kinds[-1] == "result"


def test_an_interrupted_run_has_a_result() -> None:
    result = json_lines(INTERRUPTED_RUN)[-1]
    assert result["exit_code"] == 130
    assert result["services"]["gateway"]["outcome"] == "cancelled"
    assert result["services"]["web"]["outcome"] == "cached"


@pytest.mark.parametrize(
    ("error", "code", "message", "hint"),
    [
        (UsageError("no service `x`", hint="y?"), 2, "no service `x`", "y?"),
        (UnavailableError("no engine"), 3, "no engine", None),
        (KeyboardInterrupt(), 130, "interrupted", None),
        (ZeroDivisionError("oops"), 70, "unexpected ZeroDivisionError: oops", None),
    ],
)
def test_a_run_that_cannot_start_has_a_result(
    error: BaseException, code: int, message: str, hint: str | None
) -> None:
    line = failed_before_start(error)
    assert line.endswith("\n")
    result = json.loads(line)
    assert result.keys() == documented()["result"].keys()
    assert (result["event"], result["exit_code"]) == ("result", code)
    assert (result["error"]["message"], result["error"]["hint"]) == (message, hint)
