"""Answers about a workspace as bytes: stages, services and stored results of languages.

They are pickled, as that is the fastest way to read a few of them. Reading creates only plain
values and the classes listed here, even from damaged bytes.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import re
from pathlib import PosixPath
from typing import TYPE_CHECKING, Any

from msbuild import model
from msbuild.graph.questions import ServiceStages, SharedStages
from msbuild.plugin.api import TargetPlatform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PROTOCOL = 5


def _path(*parts: str) -> PosixPath:
    return PosixPath(*parts)


def _stage_kind(value: str) -> model.StageKind:
    return model.StageKind(value)


_CLASSES: dict[tuple[str, str], Callable[..., Any]] = {
    (each.__module__, each.__qualname__): each
    for each in (
        *(each for each in vars(model).values() if isinstance(each, type)),
        *(ServiceStages, SharedStages, TargetPlatform, frozenset, set),
    )
} | {
    # bytes could set attributes of these classes, which have no slots
    (PosixPath.__module__, PosixPath.__qualname__): _path,
    (model.StageKind.__module__, model.StageKind.__qualname__): _stage_kind,
}


def encode(answer: object, variables: Iterable[str] = ()) -> bytes:
    """An answer as bytes.

    Args:
        answer: plain values and classes of the model.
        variables: the environment variables that the config uses. Their values may be secrets: in
            texts they are replaced by their names.

    Raises:
        TypeError, pickle.PicklingError: it contains something else.
    """
    values = {value: name for name in variables if (value := os.environ.get(name))}
    file = io.BytesIO()
    (_Redacting(file, values) if values else pickle.Pickler(file, _PROTOCOL)).dump(answer)
    return file.getvalue()


def decode(data: bytes) -> Any:
    """The answer that was encoded.

    Raises:
        ValueError: the bytes are invalid.
    """
    try:
        return _Reading(io.BytesIO(data)).load()
    except Exception as error:
        # damaged bytes may raise any error
        raise ValueError("not an answer") from error


def may_be_redacted(text: str, variables: Iterable[str]) -> bool:
    """Whether encoded answers cannot be searched for a text, as it contains a variable's value."""
    return any(value in text for name in variables if (value := os.environ.get(name)))


class _Redacting(pickle.Pickler):
    """Stores strings with values of variables as literal parts and names of variables."""

    def __init__(self, file: io.BytesIO, values: dict[str, str]) -> None:
        super().__init__(file, _PROTOCOL)
        self._names = values
        # of two variables with the same value, either works: both still have it when it is read
        longest_first = sorted(values, key=len, reverse=True)
        self._pattern = re.compile(f"({'|'.join(map(re.escape, longest_first))})")

    def persistent_id(self, value: object) -> bytes | None:
        """The parts of a string with values of variables; ``None`` for anything else."""
        if type(value) is not str or not self._pattern.search(value):
            return None
        parts = self._pattern.split(value)
        named = [[self._names[part]] if place % 2 else part for place, part in enumerate(parts)]
        return json.dumps(named).encode("ascii")


class _Reading(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """One of the listed classes; raises ``KeyError`` for any other."""
        return _CLASSES[module, name]

    def persistent_load(self, parts: Any) -> str:
        """The text with the current values of variables."""
        return "".join(p if isinstance(p, str) else os.environ[p[0]] for p in json.loads(parts))
