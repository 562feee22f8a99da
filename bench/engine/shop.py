"""The sample shop and the commands that build it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bench.engine import contenders

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

LANGUAGES = ("go", "rust", "cpp")
SERVICES = {
    "catalog": "go",
    "gateway": "go",
    "storefront": "go",
    "inventory": "rust",
    "pricing": "rust",
    "recommend": "rust",
    "receipts": "cpp",
    "search": "cpp",
    "shipping": "cpp",
}
"""The language of every service."""

OURS = "msbuild"
EACH = "(a) one by one"
USUAL = "(b) bake"
EXPERT = "(c) expert bake"

REPOSITORIES = {OURS: "shop", EACH: "usual-each", USUAL: "usual", EXPERT: "expert"}
"""The prefix of the image names of every build."""


def builds(languages: Collection[str]) -> Mapping[str, partial[contenders.Run]]:
    """Functions that build the services of some languages, given a directory and an engine."""
    chosen = {name: language for name, language in SERVICES.items() if language in languages}
    names = tuple(chosen)
    return {
        OURS: partial(contenders.msbuild, services=names),
        EACH: partial(contenders.one_by_one, kind="usual", services=chosen),
        USUAL: partial(contenders.bake, file="peers/usual/docker-bake.hcl", targets=names),
        EXPERT: partial(contenders.bake, file="peers/expert/docker-bake.hcl", targets=names),
    }
