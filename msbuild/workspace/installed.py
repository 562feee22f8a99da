"""Where the code lies that answers: msbuild's own, its plugins', and what they import."""

from __future__ import annotations

import os
import sys
import sysconfig
from typing import TYPE_CHECKING

from msbuild.state.file_stat import stat_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.state.file_stat import StatCache

_INSTALLED = ("site-packages", "dist-packages")


def record_code(stat_cache: StatCache) -> None:
    """Note the signs of every module in use, and of the directories modules are found in.

    What an installer puts in place changes the directory that it puts it into, so those modules
    need no look of their own.
    """
    for path in _paths():
        stat_cache.look(path, stat_of(path, follow=True))


def _paths() -> Iterator[str]:
    yield from filter(os.path.isabs, sys.path)
    installed = tuple(path for path in sys.path if os.path.basename(path) in _INSTALLED)  # noqa: PTH119
    elsewhere = (sysconfig.get_path("stdlib"), *installed)
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and os.path.isabs(file) and not file.startswith(elsewhere):  # noqa: PTH117
            yield file
