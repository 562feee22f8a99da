from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msbuild.workspace.config.problems import Refused
from msbuild.workspace.config.reader import interpolate

ENVIRONMENT = {"NAME": "shop", "EMPTY": "", "RAW": "a\nb", "DOLLARS": "${NAME}"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("${NAME}", "shop"),
        ("a-${NAME}-${NAME}-z", "a-shop-shop-z"),
        ("${EMPTY}", ""),
        ("${EMPTY:-default}", "default"),
        ("${NO_SUCH:-default}", "default"),
        ("${NO_SUCH:-}", ""),
        ("${NAME:-default}", "shop"),
        ("${NO_SUCH:-a b:-c}", "a b:-c"),
        ("$$", "$"),
        ("$${NAME}", "${NAME}"),
        ("$$${NAME}", "$shop"),
        # the value of a variable is not expanded again
        ("${DOLLARS}", "${NAME}"),
    ],
)
def test_variables_are_substituted(text: str, expected: str) -> None:
    assert interpolate(text, ENVIRONMENT) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${NO_SUCH}", "the environment variable `NO_SUCH` is not set"),
        ("$NAME", "`$NAME` is not a valid variable reference"),
        ("${NAME", "`${NAME` is not a valid variable reference"),
        ("${}", "`${}` is not a valid variable reference"),
        ("${1}", "`${1}` is not a valid variable reference"),
        ("${NAME:?}", "`${NAME:?}` is not a valid variable reference"),
        ("costs $", "`$` is not a valid variable reference"),
        ("${RAW}", "the environment variable `RAW` contains unprintable characters"),
    ],
)
def test_invalid_variable_references_are_refused(text: str, message: str) -> None:
    with pytest.raises(Refused) as caught:
        interpolate(text, ENVIRONMENT)
    assert caught.value.message == message
    assert caught.value.hint


@given(st.text())
def test_doubled_dollars_are_unescaped(text: str) -> None:
    assert interpolate(text.replace("$", "$$"), {}) == text


@given(st.text(), st.text(st.characters(exclude_categories=["C", "Z"])))
def test_no_message_contains_the_value_of_a_variable(text: str, secret: str) -> None:
    with pytest.raises(Refused) as caught:
        interpolate(f"{text}${{NAME}}$", {"NAME": f"hunter2{secret}"})
    assert "hunter2" not in f"{caught.value.message}{caught.value.hint}"
