"""The services of the sample shop, and edits of its files."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.docker.cli import Workspace

GO = {"catalog", "gateway", "storefront"}
RUST = {"inventory", "pricing", "recommend"}
CPP = {"receipts", "search", "shipping"}
SERVICES = GO | RUST | CPP


@contextlib.contextmanager
def edited(shop: Workspace, path: str, old: str, new: str) -> Iterator[None]:
    """Change a file until the end of the block."""
    file = shop.root / "sample-monorepo" / path
    before = file.read_text()
    assert old in before
    file.write_text(before.replace(old, new, 1))
    try:
        yield
    finally:
        file.write_text(before)
