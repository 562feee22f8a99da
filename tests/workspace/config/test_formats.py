from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from msbuild.workspace.config import formats
from msbuild.workspace.config.formats import Format

# There are many formats, and generating texts from regular expressions is slow.
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FORMATS = {name: each for name, each in vars(formats).items() if isinstance(each, Format)}
# Texts that are likely to match, or to just fail to.
TEXTS = st.text(st.sampled_from("ab1A.-_/:@*+,$ \n\\\x00"), max_size=12) | st.text(max_size=8)


@pytest.mark.parametrize("name", FORMATS)
def test_every_accepted_text_matches_the_pattern_for_editors(name: str) -> None:
    each = FORMATS[name]

    @FEW
    @given(st.from_regex(each.pattern) | TEXTS)
    def check(text: str) -> None:
        if each.complaint(text) is None:
            assert re.search(each.pattern, text)
            assert len(text) <= each.longest

    check()


@pytest.mark.parametrize("name", FORMATS)
def test_the_normal_form_is_valid_and_stays_the_same(name: str) -> None:
    each = FORMATS[name]

    @FEW
    @given(st.from_regex(each.pattern, fullmatch=True) | TEXTS)
    def check(text: str) -> None:
        if each.complaint(text) is None:
            normal = each.normal(text)
            assert each.complaint(normal) is None
            assert each.normal(normal) == normal

    check()


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_accepts_a_trailing_line_break(name: str) -> None:
    taken = FORMATS[name].complaint("a\n") is None
    assert taken is (name in {"SCRIPT", "FILLED_SCRIPT"})


@pytest.mark.parametrize("name", FORMATS)
def test_a_complaint_is_short_and_on_one_line(name: str) -> None:
    complaint = FORMATS[name].complaint("\x00\n" * 1_000_000)
    assert complaint is not None
    assert len(complaint.message) < 500
    assert complaint.message.isprintable()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("500ms", 0.5),
        ("1m30s", 90),
        ("1.5h", 5400),
        ("0s", 0),
        ("24h", 86_400),
        ("1ms", 0.001),
    ],
)
def test_durations_are_parsed(text: str, seconds: float) -> None:
    assert formats.DURATION.complaint(text) is None
    assert formats.seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "golang:1.23-alpine",
        "debian",
        "docker.io/library/debian:trixie-slim",
        "localhost:5000/base:dev",
        "registry.example.com/a/b__c/d-e.f:V1_2.3",
        f"debian@sha256:{'0' * 64}",
        f"debian:12@sha256:{'a' * 64}",
    ],
)
def test_image_references_are_split(text: str) -> None:
    assert formats.IMAGE.complaint(text) is None


@pytest.mark.parametrize(
    ("text", "normal"),
    [(".", "."), ("./a", "a"), ("a//b/./c/", "a/b/c"), ("a.b/..c/d..", "a.b/..c/d..")],
)
def test_paths_are_normalized(text: str, normal: str) -> None:
    assert formats.PATH.complaint(text) is None
    assert formats.PATH.normal(text) == normal
