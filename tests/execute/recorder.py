"""Progress that records all calls."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from msbuild.execute.api import Vertex


@dataclass
class Recorder:
    steps: list[Vertex] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    printed: threading.Event = field(default_factory=threading.Event)

    def step(self, vertex: Vertex) -> None:
        self.steps.append(vertex)

    def line(self, step: str, text: str) -> None:
        self.lines.append((step, text))
        self.printed.set()

    @property
    def text(self) -> list[str]:
        return [text for _, text in self.lines]
