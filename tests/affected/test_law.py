"""Over random trees, `affected` is the set of services whose fingerprints differ."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msbuild.affected import affected
from msbuild.workspace import loading
from tests.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.slow

SERVICES = "abcd"
LIBRARIES = "xyz"
USES = st.sets(st.sampled_from(LIBRARIES))
TEXT = st.sampled_from(["", "1", "2"])


@st.composite
def trees(draw: st.DrawFn) -> Mapping[str, str]:
    """Services that use libraries, each with up to two files of its own."""
    files: dict[str, str] = {"lock": draw(TEXT)}
    for service in SERVICES:
        uses = "".join(f"use lib/{name}\n" for name in sorted(draw(USES)))
        files[f"services/{service}/main"] = uses + draw(TEXT)
        if draw(st.booleans()):
            files[f"services/{service}/more"] = draw(TEXT)
    for library in LIBRARIES:
        files[f"lib/{library}/{library}"] = draw(TEXT)
    return files


def made_of(files: Mapping[str, str], service: str) -> dict[str, str]:
    """The files of a service, by the definition of the test language."""
    used = [
        f"lib/{line.removeprefix('use lib/')}/"
        for path, text in files.items()
        if path.startswith(f"services/{service}/")
        for line in text.splitlines()
        if line.startswith("use ")
    ]
    mine = (f"services/{service}/", *used)
    return {path: text for path, text in files.items() if path.startswith(mine)}


@given(trees(), trees())
@settings(deadline=None, max_examples=150)
def test_affected_services_are_those_whose_results_differ(
    before: Mapping[str, str], after: Mapping[str, str]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        loaded = []
        for place, files in (("before", before), ("after", after)):
            root = Path(name) / place
            root.mkdir()
            project = Project(root, list(SERVICES))
            shutil.rmtree(root / "services")
            project.write(files)
            loaded.append(project.load())
        found = {each.service for each in affected(loaded[0], loaded[1])}
        then, now = (
            loading.fingerprint(each, list(SERVICES), {"debian:trixie-slim": "x"}, "linux/amd64")
            for each in loaded
        )
    assert found == {name for name in SERVICES if then[name].value != now[name].value}
    assert found == {name for name in SERVICES if made_of(before, name) != made_of(after, name)}
