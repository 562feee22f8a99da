"""What was asked of a run, and by which msbuild: a witness of anything else says nothing."""

from __future__ import annotations

import hashlib
import os
import sys
from typing import TYPE_CHECKING, Any

from msbuild import __version__

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping
    from pathlib import Path

# What shells, terminals and sessions set anew each time, and no compiler asks for.
_NOISE = frozenset(
    {
        *("_", "COLORTERM", "COLUMNS", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "GPG_TTY", "HISTCMD"),
        *("INVOCATION_ID", "JOURNAL_STREAM", "LINES", "LS_COLORS", "OLDPWD", "PPID", "PS1", "PWD"),
        *("SHLVL", "STY", "TERM", "TMUX", "TMUX_PANE", "VTE_VERSION", "WAYLAND_DISPLAY"),
        *("WINDOWID", "XAUTHORITY"),
    }
)
_MORE = ("no_cache", "push", "json", "verbose", "junit", "trace")
_NOISY = ("SSH_", "TERM_", "XDG_SESSION_")


def request(arguments: argparse.Namespace, file: Path) -> Mapping[str, Any] | None:
    """What a command line asks for, as JSON values.

    Returns:
        Nothing where a witness is no answer: something else than the images is wanted.
    """
    more = any(getattr(arguments, name) for name in _MORE)
    if more or arguments.cache_to is not None or os.environ.get("GITHUB_ACTIONS") == "true":
        return None
    return {
        "msbuild": __version__,
        "python": sys.version,
        "path": sys.path,
        "file": str(file),
        "tags": list(dict.fromkeys(arguments.tag or ("latest",))),
        "compression": arguments.compression,
    }


def environment(names: Iterable[str] | None, environ: Mapping[str, str]) -> str:
    """The digest of the variables of these names; of all but noise for ``None``.

    A digest, because values may be secrets.
    """
    if names is None:
        names = (name for name in environ if not is_noise(name))
    given = ((name, environ.get(name)) for name in sorted(names))
    return hashlib.sha256(os.fsencode(repr(list(given)))).hexdigest()


def is_noise(name: str) -> bool:
    """Whether a variable says nothing about a build, unless somebody asks for it."""
    return name in _NOISE or name.startswith(_NOISY)
