"""Build constraints: a truth table, and constraints with unknown tags."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msbuild_go.constraints import Tags, Verdict, evaluate

TAGS = Tags(chosen=frozenset({"netgo"}), cgo=False, release=22)
SET = ("linux", "unix", "gc", "netgo", "go1.18", "go1.22")
NOT_SET = ("darwin", "windows", "js", "wasm", "gccgo", "cgo", "integration", "purego")
OPEN = ("amd64", "arm64", "amd64.v3", "goexperiment.rangefunc", "go1.23")


@dataclass(frozen=True)
class Expression:
    """A constraint, and the same as a Python expression."""

    go: str
    python: str


def _joined(parts: tuple[Expression, Expression], go: str, python: str) -> Expression:
    one, other = parts
    return Expression(f"{one.go} {go} {other.go}", f"({one.python} {python} {other.python})")


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    # parentheses around operands that are not simple, except where precedence is the same
    braced = inner.map(lambda each: Expression(f"({each.go})", each.python))
    pairs = st.tuples(braced, braced)
    return st.one_of(
        braced.map(lambda each: Expression(f"!{each.go}", f"(not {each.python})")),
        pairs.map(lambda each: _joined(each, "&&", "and")),
        pairs.map(lambda each: _joined(each, "||", "or")),
    )


TAG = st.sampled_from(SET + NOT_SET + OPEN).map(lambda tag: Expression(tag, f"on[{tag!r}]"))
EXPRESSION = st.recursive(TAG, _grown, max_leaves=8)


@settings(deadline=None)
@given(EXPRESSION)
def test_a_verdict_does_not_depend_on_unknown_tags(expression: Expression) -> None:
    results = set()
    for choice in itertools.product((False, True), repeat=len(OPEN)):
        on = {
            **dict.fromkeys(SET, True),
            **dict.fromkeys(NOT_SET, False),
            **dict(zip(OPEN, choice, strict=True)),
        }
        results.add(eval(expression.python, {"on": on}))  # noqa: S307 - written above
    verdict = evaluate(expression.go, TAGS)
    assert verdict is None or results == {verdict}


@settings(deadline=None)
@given(st.recursive(TAG.filter(lambda each: each.go not in OPEN), _grown, max_leaves=8))
def test_a_verdict_is_known_if_all_tags_are(expression: Expression) -> None:
    on = {**dict.fromkeys(SET, True), **dict.fromkeys(NOT_SET, False)}
    assert evaluate(expression.go, TAGS) is eval(expression.python, {"on": on})  # noqa: S307


@pytest.mark.parametrize(
    ("constraint", "verdict"),
    [
        ("linux || windows && windows", True),
        ("!linux && linux || linux", True),
        ("linux&&!windows", True),
        ("!!linux", True),
        ("windows && amd64", False),
        ("linux || amd64", True),
        ("!amd64", None),
        ("amd64 && arm64", None),
        ("go1.22", True),
        ("!go1.22", False),
        ("go1.23", None),
        ("!go1.23", None),
    ],
)
def test_not_binds_tighter_than_and_which_binds_tighter_than_or(
    constraint: str, verdict: Verdict
) -> None:
    assert evaluate(constraint, TAGS) is verdict


@pytest.mark.parametrize("broken", ["", "(linux", "linux)", "&& linux", "linux linux", "a | b"])
def test_an_invalid_constraint_has_no_verdict(broken: str) -> None:
    assert evaluate(broken, TAGS) is None


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("linux.go", True),
        ("windows.go", True),
        ("x_linux.go", True),
        ("x_unix.go", True),
        ("x_windows.go", False),
        ("x_windows_test.go", False),
        ("x_test.go", True),
        ("x_amd64.go", None),
        ("x_linux_arm64.go", None),
        ("x_darwin_arm64.go", False),
        ("x_amd64_linux.go", True),
        ("windows_x.go", True),
        ("x_windows.pb.go", False),
        ("x.pb_windows.go", True),
        ("_x.go", False),
        (".x.go", False),
    ],
)
def test_file_names_are_constraints(name: str, verdict: Verdict) -> None:
    assert TAGS.includes(name, None) is verdict


def test_name_and_constraint_must_both_hold() -> None:
    assert TAGS.includes("x_linux.go", "linux") is True
    assert TAGS.includes("x_linux.go", "windows") is False
    assert TAGS.includes("x_windows.go", "linux") is False
    assert TAGS.includes("x_amd64.go", "linux") is None
    assert TAGS.includes("x_amd64.go", "windows") is False


def test_unknown_tags_exclude_only_other_systems() -> None:
    tags = Tags(cgo=None, closed=False)
    assert [tags.is_set(each) for each in ("integration", "cgo", "gccgo", "windows", "linux")] == [
        *(None, None, None),
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("name", "constraint", "verdict"),
    [
        ("a_arm64.go", None, None),
        ("a_s390x.s", None, None),
        ("a_mips.go", None, False),
        ("a_linux_sparc64.go", None, False),
        ("a.go", "mips || mipsle || ppc || sparc64", False),
        ("a.go", "amd64 && arm64", False),
        ("a.go", "!amd64 || !arm64", True),
        ("a.go", "!mips", True),
        ("a.go", "amd64.v3", None),
        ("a.go", "mips.softfloat", False),
        ("a_amd64.go", "go1.99", None),
    ],
)
def test_files_for_architectures_without_images_are_excluded(
    name: str, constraint: str | None, verdict: Verdict
) -> None:
    assert TAGS.includes(name, constraint) is verdict


def test_a_known_architecture_excludes_the_others() -> None:
    tags = Tags(architectures=("arm64",))
    names = ("a_arm64.go", "a_amd64.go", "a_linux_arm64.s")
    assert [tags.includes(name, None) for name in names] == [True, False, True]
