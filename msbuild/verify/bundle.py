"""The tracer of this host in an archive, with its loader and libraries, for any container."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.verify.tracer import find_strace

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE = "/run/msbuild-verify"
# `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)`, and `/lib64/ld-linux-x86-64.so.2 (0x…)`
_LIBRARY = re.compile(r"^\s*(?:\S+ => )?(/\S+) \(0x[0-9a-f]+\)$", re.MULTILINE)
_LOADER = re.compile(r"ld[-.](?:linux|musl).*\.so")


def bundle() -> tuple[list[str], bytes]:
    """The words that start strace where the archive was unpacked at ``/``, and the archive."""
    program = Path(find_strace())
    libraries = [Path(path) for path in _LIBRARY.findall(_needs(program))]
    files = {"strace": program.read_bytes()}
    files |= {library.name: library.read_bytes() for library in libraries}
    loader = next((each.name for each in libraries if _LOADER.match(each.name)), None)
    words = [f"{PLACE}/strace"]
    if loader:
        # an image may have another libc, or none
        words = [f"{PLACE}/{loader}", "--library-path", PLACE, *words]
    return words, archive({f"{PLACE}/{name}": data for name, data in files.items()})


def archive(files: Mapping[str, bytes]) -> bytes:
    """A tar archive of programs, by absolute path."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path, data in files.items():
            info = tarfile.TarInfo(path.lstrip("/"))
            info.mode, info.size = 0o755, len(data)
            tar.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def _needs(program: Path) -> str:
    done = subprocess.run(  # noqa: S603 - a program of this host
        ["ldd", str(program)],  # noqa: S607
        check=False,
        capture_output=True,
        text=True,
    )
    return done.stdout
