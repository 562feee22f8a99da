"""msbuild's languages, with closures that lack files selected by a test.

``NARROWED`` is a JSON object: the paths that each service does not declare.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

from msbuild_cpp.language import Cpp
from msbuild_go.language import Go
from msbuild_rust.language import Rust

from msbuild.plugin.api import hookimpl


class Narrowed:
    """A language that omits some inputs."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.name = f"narrowed-{inner.name}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def inputs(self, service: Any, builder: Any, sources: Any) -> Any:
        found = self._inner.inputs(service, builder, sources)
        dropped = json.loads(os.environ.get("NARROWED", "{}")).get(service.name, ())
        missing = set(dropped) - set(found.files)
        files = {path: why for path, why in found.files.items() if path not in dropped}
        # a file that the language does not find needs no narrowing, only a different fingerprint
        facts = {**found.facts, "not found": ", ".join(sorted(missing))}
        return replace(found, files=files, facts=facts)


@hookimpl
def msbuild_languages() -> list[Narrowed]:
    return [Narrowed(Go()), Narrowed(Rust()), Narrowed(Cpp())]
