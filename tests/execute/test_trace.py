from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msbuild.execute.api import Vertex
from msbuild.execute.docker.trace import (
    TAIL_LINES,
    LogChunk,
    StepNames,
    Trace,
    VertexUpdate,
    WireError,
    decode,
    fields,
)
from msbuild.execute.dockerfile.instructions import copy, from_image, from_stage, run
from tests.execute import protobuf
from tests.execute.protobuf import aux, log, vertex
from tests.execute.recorder import Recorder

INSTRUCTIONS = [
    from_image("tools", "debian"),
    run("tools", "make tools", (), ()),
    from_stage("app", "tools"),
    run("app", "make app", ("--network=none",), ()),
    from_image("end", "scratch"),
    copy("end", '--from=app ["/bin/sh", "/"]'),
]
TOOLS, APP, END = (
    "[tools 2/2] RUN make tools",
    "[app 1/1] RUN --network=none make app",
    "[end 1/1] COPY",
)
VALUES = st.one_of(st.integers(0, 2**64 - 1), st.binary(max_size=300))
MESSAGES = st.lists(st.tuples(st.integers(1, 2**29 - 1), VALUES))


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def trace(recorder: Recorder) -> Trace:
    return Trace(StepNames(INSTRUCTIONS), {"end"}, recorder)


def test_a_step_is_reported_when_it_starts_and_when_it_ends(
    trace: Trace, recorder: Recorder
) -> None:
    trace.feed(aux(vertex("1", TOOLS, started=None)))
    assert recorder.steps == []
    trace.feed(aux(vertex("1", TOOLS, started=5)))
    trace.feed(aux(vertex("1", TOOLS, started=5)))
    trace.feed(aux(vertex("1", TOOLS, started=5, completed=7)))
    trace.feed(aux(vertex("1", TOOLS, started=6, completed=8)))
    name = "RUN make tools"
    assert recorder.steps == [
        Vertex("tools", name, cached=False, started=5, completed=None),
        Vertex("tools", name, cached=False, started=5, completed=7),
    ]
    assert trace.vertices == (Vertex("tools", name, cached=False, started=6, completed=8),)


def test_steps_are_listed_in_the_order_they_ended(trace: Trace) -> None:
    trace.feed(aux(vertex("1", TOOLS, completed=9), vertex("2", APP, completed=4)))
    trace.feed(aux(vertex("3", "exporting to image", started=9)))
    assert [step.stage for step in trace.vertices] == ["app", "tools"]


def test_base_images_and_directories_count_as_cached(trace: Trace) -> None:
    trace.feed(aux(vertex("1", "[tools 1/2] FROM debian", completed=2)))
    trace.feed(aux(vertex("2", TOOLS, completed=3, cached=True)))
    trace.feed(aux(vertex("3", APP, completed=4)))
    trace.feed(aux(vertex("4", "[x 1/1] WORKDIR /x", completed=5)))
    assert [step.cached for step in trace.vertices] == [True, True, False, True]


def test_steps_of_hidden_stages_belong_to_the_executor(trace: Trace) -> None:
    trace.feed(aux(vertex("1", END, completed=2)))
    assert [step.stage for step in trace.vertices] == [""]


def test_lines_name_their_step_and_partial_lines_are_reported_at_its_end(
    trace: Trace, recorder: Recorder
) -> None:
    trace.feed(aux(vertex("1", TOOLS), vertex("2", APP)))
    trace.feed(aux(log("1", b"one\ntw"), log("2", b"app\n"), log("1", b"err\n", 2)))
    trace.feed(aux(log("1", b"o\nrest")))
    trace.feed(aux(vertex("1", TOOLS, completed=2)))
    assert recorder.lines == [
        ("RUN make tools", "one"),
        ("RUN make app", "app"),
        ("RUN make tools", "err"),
        ("RUN make tools", "two"),
        ("RUN make tools", "rest"),
    ]


def test_partial_lines_are_reported_when_the_build_ends(trace: Trace, recorder: Recorder) -> None:
    trace.feed(aux(vertex("1", TOOLS), log("1", b"half")))
    trace.finish()
    trace.finish()
    assert recorder.text == ["half"]


def test_the_failure_is_the_failed_step_and_not_a_cancelled_one(trace: Trace) -> None:
    trace.feed(aux(vertex("1", TOOLS, completed=2, error="context canceled")))
    lines = b"".join(b"%d\n" % number for number in range(100))
    trace.feed(aux(vertex("2", APP), log("2", lines)))
    trace.feed(aux(vertex("2", APP, completed=2, error="exit code: 2")))
    assert trace.failed is not None
    step, raw, tail = trace.failed
    assert (step.stage, step.error, raw) == ("app", "exit code: 2", APP)
    assert tail == tuple(str(number) for number in range(100 - TAIL_LINES, 100))


def test_no_failure_is_reported_without_an_error(trace: Trace) -> None:
    trace.feed(aux(vertex("1", TOOLS, completed=2)))
    assert trace.failed is None


@pytest.mark.parametrize("garbage", [None, 7, "", "!!!", "/w==", {"a": 1}])
def test_malformed_messages_are_ignored(trace: Trace, recorder: Recorder, garbage: object) -> None:
    trace.feed(garbage)
    assert recorder.steps == []


def test_a_vertex_is_decoded() -> None:
    message = protobuf.vertex("sha256:a", "[a 1/2] RUN x", cached=True, started=2.5, completed=3.25)
    assert list(decode(message)) == [VertexUpdate("sha256:a", "[a 1/2] RUN x", True, 2.5, 3.25, "")]


def test_a_waiting_vertex_has_no_times() -> None:
    (update,) = decode(protobuf.vertex("d", "n", started=None, error="no"))
    assert update == VertexUpdate("d", "n", False, None, None, "no")


def test_a_log_chunk_keeps_its_bytes() -> None:
    assert list(decode(protobuf.log("d", b"\xff\x00\n", 2))) == [LogChunk("d", 2, b"\xff\x00\n")]


def test_fields_of_later_versions_are_skipped() -> None:
    later = (
        protobuf.field(9, "new") + bytes([8 << 3 | 1, *range(8)]) + bytes([7 << 3 | 5, 1, 2, 3, 4])
    )
    assert list(decode(later + protobuf.log("d", b"x") + later)) == [LogChunk("d", 1, b"x")]


@given(MESSAGES)
def test_encoded_fields_are_decoded(message: list[tuple[int, int | bytes]]) -> None:
    written = b"".join(protobuf.field(number, value) for number, value in message)
    assert list(fields(written)) == message


@given(MESSAGES.filter(bool), st.data())
def test_a_cut_message_is_an_error_or_a_shorter_message(
    message: list[tuple[int, int | bytes]], data: st.DataObject
) -> None:
    written = b"".join(protobuf.field(number, value) for number, value in message)
    cut = written[: data.draw(st.integers(0, len(written) - 1))]
    try:
        found = list(fields(cut))
    except WireError:
        return
    assert found == message[: len(found)]


@given(st.binary(max_size=200))
def test_garbage_raises_at_most_a_wire_error(garbage: bytes) -> None:
    try:
        list(decode(garbage))
    except WireError:
        return


@pytest.mark.parametrize("message", [b"\x0b", b"\x0a", b"\x0a\x05ab", b"\x80" * 11, b"\x09\x01"])
def test_malformed_messages_raise_a_wire_error(message: bytes) -> None:
    with pytest.raises(WireError):
        list(fields(message))
