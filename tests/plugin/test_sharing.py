"""Which services have something in common."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from msbuild.plugin.sharing import families

if TYPE_CHECKING:
    from msbuild.plugin.sharing import Family


def found(**needs: str) -> list[tuple[str, str]]:
    """Members and common parts of every family; services and parts have names of one letter."""
    all_needs = {name: frozenset(parts) for name, parts in needs.items()}
    return [("".join(sorted(f.members)), "".join(sorted(f.common))) for f in families(all_needs)]


def test_needs_of_a_single_service_form_no_family() -> None:
    assert found(a="xy", b="z", c="") == []


def test_the_family_of_all_services_is_the_outer_one() -> None:
    assert found(a="kxy", b="kxy", c="k") == [("abc", "k"), ("ab", "kxy")]


def test_saving_one_compilation_is_not_worth_a_stage() -> None:
    assert found(a="kx", b="kx", c="k") == [("abc", "k")]
    assert found(a="x", b="x") == [("ab", "x")]


def test_families_may_have_nothing_in_common() -> None:
    assert found(a="x", b="x", c="y", d="y") == [("ab", "x"), ("cd", "y")]


def test_a_family_nearly_as_large_as_the_outer_one_is_skipped() -> None:
    # four of five share `x`, which the stage of the two that share more compiles
    assert found(a="kxy", b="kxy", c="kx", d="kx", e="k") == [("abcde", "k"), ("ab", "kxy")]


NEEDS = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3), st.frozensets(st.sampled_from("stuvwxyz"))
)


@given(NEEDS)
def test_families_are_few_and_contain_the_common_needs_of_their_members(
    needs: dict[str, frozenset[str]],
) -> None:
    every = list(families(needs))
    assert every == list(families(dict(reversed(needs.items()))))
    for number, family in enumerate(every):
        assert len(family.members) > 1
        assert all(family.common <= needs[name] for name in family.members)
        if outer := family.outer:
            assert outer in every[:number]
            assert family.members < outer.members
            assert family.common > outer.common
    for name in needs:
        own = [family for family in every if name in family.members]
        assert len(own) <= depth(own)
        assert len(own) <= 1 + math.log(max(len(needs), 1), 1.5)


def depth(own: list[Family]) -> int:
    """How many families of one service are nested."""
    steps, inner = 0, own[-1] if own else None
    while inner:
        steps, inner = steps + 1, inner.outer
    return steps
