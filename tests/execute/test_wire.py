from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msbuild.execute.docker.wire import LogChunk, VertexUpdate, WireError, decode, fields
from tests.execute import protobuf

VALUES = st.one_of(st.integers(0, 2**64 - 1), st.binary(max_size=300))
MESSAGES = st.lists(st.tuples(st.integers(1, 2**29 - 1), VALUES))


def test_a_vertex() -> None:
    message = protobuf.vertex("sha256:a", "[a 1/2] RUN x", cached=True, started=2.5, completed=3.25)
    assert list(decode(message)) == [VertexUpdate("sha256:a", "[a 1/2] RUN x", True, 2.5, 3.25, "")]


def test_a_vertex_that_waits_has_no_times() -> None:
    (update,) = decode(protobuf.vertex("d", "n", started=None, error="no"))
    assert update == VertexUpdate("d", "n", False, None, None, "no")


def test_a_log_keeps_its_bytes() -> None:
    assert list(decode(protobuf.log("d", b"\xff\x00\n", 2))) == [LogChunk("d", 2, b"\xff\x00\n")]


def test_fields_of_later_versions_are_skipped() -> None:
    later = (
        protobuf.field(9, "new") + bytes([8 << 3 | 1, *range(8)]) + bytes([7 << 3 | 5, 1, 2, 3, 4])
    )
    assert list(decode(later + protobuf.log("d", b"x") + later)) == [LogChunk("d", 1, b"x")]


@given(MESSAGES)
def test_what_is_written_is_read(message: list[tuple[int, int | bytes]]) -> None:
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
def test_garbage_is_a_wire_error_at_worst(garbage: bytes) -> None:
    try:
        list(decode(garbage))
    except WireError:
        return


@pytest.mark.parametrize("message", [b"\x0b", b"\x0a", b"\x0a\x05ab", b"\x80" * 11, b"\x09\x01"])
def test_broken_messages(message: bytes) -> None:
    with pytest.raises(WireError):
        list(fields(message))
