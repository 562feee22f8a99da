"""Whatever bytes say, reading an answer creates only plain values and what answers consist of."""

from __future__ import annotations

import contextlib
import os
import pickle
from pathlib import PosixPath

import pytest

from msbuild import model
from msbuild.graph.questions import ServiceStages, SharedStages
from msbuild.model import Stage, StageKind, StageRef
from msbuild.plugin.api import TargetPlatform
from msbuild.uptodate.answers import decode, encode

CLASSES = [
    *(each for each in vars(model).values() if isinstance(each, type)),
    *(ServiceStages, SharedStages, TargetPlatform, PosixPath, frozenset, set),
]


def named(module: str, name: str) -> bytes:
    """The bytes that stand for a class."""
    return text(module) + text(name) + pickle.STACK_GLOBAL


def text(value: str) -> bytes:
    return pickle.SHORT_BINUNICODE + bytes([len(value)]) + value.encode()


class Call:
    def __reduce__(self) -> tuple[object, ...]:
        return os.getcwd, ()


def test_answers_keep_their_values() -> None:
    stage = Stage("web", StageKind.BUILD, StageRef("base", speed_only=True), ())
    for answer in (ServiceStages((stage,), ("warning",)), {PosixPath("a/b"): frozenset({1})}):
        assert decode(encode(answer)) == answer


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(Call()),
        named("builtins", "eval") + text("1") + pickle.TUPLE1 + pickle.REDUCE + b".",
        named("msbuild.graph.questions", "ServiceStages.artifact_stage") + b".",
        named("msbuild.model", "dataclasses") + b".",
        named("msbuild.model", "Stage.__init_subclass__") + b".",
        pickle.EXT1 + b"\x01.",
        b"",
    ],
)
def test_bytes_that_name_anything_else_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not an answer"):
        decode(data)


@pytest.mark.parametrize("each", CLASSES, ids=lambda each: each.__name__)
def test_bytes_cannot_change_classes(each: type) -> None:
    state = pickle.NONE + pickle.EMPTY_DICT + text("changed") + text("yes") + pickle.SETITEM
    data = named(each.__module__, each.__qualname__) + state + pickle.TUPLE2 + pickle.BUILD + b"."
    with contextlib.suppress(ValueError):
        decode(data)
    assert not hasattr(each, "changed")
