"""Trials of a shop: kills, signals, damaged files, full disks and parallel runs."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import time
from functools import partial
from typing import TYPE_CHECKING

from msbuild.execute.local.files import remove_tree

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from bench.faults.shop import Shop

FINE, MACHINE, INTERRUPTED = 0, 3, 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
# Compiler caches are opaque to msbuild; work directories and locks belong to a single run.
_NOT_OURS = ("caches", "work", "locks")


def edit(shop: Shop, rng: random.Random, number: int) -> None:
    """Edit a service, or the file that both services use."""
    if rng.random() < 0.3:
        shop.edit_shared(f"lock {number} {rng.random()}")
    else:
        shop.edit(rng.choice("ab"), f"{number} {rng.random()}")


def kill(shop: Shop, rng: random.Random, number: int) -> None:
    """Send SIGKILL at a random moment of a build, with edits before and after."""
    edit(shop, rng, number)
    process = shop.start("all")
    time.sleep(rng.uniform(0.1, 1.6))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    if rng.random() < 0.5:
        edit(shop, rng, number)
    about = f"kill {number}"
    if rng.random() < 0.3:
        shop.check_orphans(about)
    shop.check(about)
    shop.check_orphans(about)


def interrupt(shop: Shop, rng: random.Random, number: int) -> None:
    """Send a signal once or twice at a random moment of a build."""
    edit(shop, rng, number)
    process = shop.start("all")
    time.sleep(rng.uniform(0.3, 1.6))
    chosen = rng.choice(_SIGNALS)
    for _ in range(rng.choice((1, 2))):
        os.killpg(process.pid, chosen)
        time.sleep(rng.uniform(0, 0.1))
    process.communicate()
    about = f"{chosen.name} {number}"
    if process.returncode not in (FINE, INTERRUPTED, -chosen):
        shop.wrong.append(f"{about}: exited with code {process.returncode}")
    shop.check_orphans(about)
    shop.check(about)


def damage(shop: Shop, rng: random.Random, number: int) -> None:
    """Change, truncate, remove or replace files of the state, and sometimes edit a source."""
    files = [path for root in (shop.state, shop.store) for path in root.rglob("*")]
    files = [path for path in files if path.relative_to(shop.root).parts[1] not in _NOT_OURS]
    # every kind of file is equally likely
    kinds: dict[tuple[str, ...], list[Path]] = {}
    for path in files:
        kinds.setdefault(_kind(path.relative_to(shop.root)), []).append(path)
    damages = []
    outside = _outside(shop)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        path = rng.choice(kinds[rng.choice(sorted(kinds))])
        damages.append(f"{path.relative_to(shop.root)} {_damaged(path, rng, outside)}")
    if rng.random() < 0.6:
        edit(shop, rng, number)
    about = f"damage {number}: {', '.join(damages)}"
    if rng.random() < 0.2:
        for words in (("images",), ("prune", "-n", "--executor", "local"), ("timing",)):
            shop.run(*words, expected={0, 1, 2, 3})
    before = len(shop.wrong)
    shop.check(about)
    if [each.name for each in outside.iterdir()] != ["file"] or (
        outside / "file"
    ).read_text() != "outside":
        shop.wrong.append("a file outside of the state was written through a link")
    if len(shop.wrong) > before:
        shop.wrong[before] += f" ({about})"


def _outside(shop: Shop) -> Path:
    """A directory outside of the state that links may point to; it must not change."""
    place = shop.root / "outside"
    remove_tree(place)
    place.mkdir()
    (place / "file").write_text("outside")
    return place


def _kind(path: Path) -> tuple[str, ...]:
    """A file's path without digests, to group files by kind."""
    return tuple(part if len(part) < 20 else "*" for part in path.parts)


def _damaged(path: Path, rng: random.Random, outside: Path) -> str:
    how = rng.choice(("flipped", "flipped", "flipped", "truncated", "removed", "directory", "link",
                      "fifo", "empty", "json", "mode"))  # fmt: skip
    try:
        if how in ("flipped", "truncated") and path.is_file() and not path.is_symlink():
            _change(path, how, rng)
        elif how == "mode" and not path.is_symlink():
            # chmod would follow a link to a file outside of the shop
            path.chmod(0)
        else:
            remove_tree(path)
            _put(path, how, rng, outside)
    except OSError:
        # earlier damage removed a parent directory or turned it into a loop
        return "unreachable"
    return how


def _change(path: Path, how: str, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    place = rng.randrange(len(data)) if data else 0
    if how == "truncated":
        del data[place:]
    elif data:
        data[place] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def _put(path: Path, how: str, rng: random.Random, outside: Path) -> None:
    match how:
        case "directory":
            (path / "x").mkdir(parents=True)
        case "link":
            path.symlink_to(rng.choice((outside / "file", outside / "none", path.name, outside)))
        case "fifo":
            os.mkfifo(path)
        case "empty":
            path.touch()
        case "json":
            path.write_text(rng.choice(("{}", "[]", "null", '{"manifests": {}}', '"x"', "[[1]]")))


def fill_disk(shop: Shop, rng: random.Random, number: int) -> None:
    """Run out of space during a build: on a small file system, or by a limit on file sizes."""
    edit(shop, rng, number)
    places = [shop.store, shop.state]
    if os.geteuid() == 0 and rng.random() < 0.7:
        place = rng.choice(places)
        _full_disk(shop, place, rng.choice((4, 8, 12, 16, 24, 32, 48, 64, 96, 128)))
    else:
        limit = rng.randrange(1, 40_000)
        before = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit))
        shop.run("all", expected={FINE, 1, MACHINE}, before=before)
    shop.check(f"full {number}")


def _full_disk(shop: Shop, place: Path, kilobytes: int) -> None:
    aside = shop.root / "aside"
    if place.exists():
        place.rename(aside)
    place.mkdir()
    options = f"size={kilobytes}k"
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True)
    except (OSError, subprocess.CalledProcessError):
        shop.wrong.append("cannot mount a small file system")
        return
    try:
        shop.run("all", expected={FINE, MACHINE})
    finally:
        subprocess.run(["umount", str(place)], check=True)
        place.rmdir()
        if aside.exists():
            aside.rename(place)


def run_in_parallel(shop: Shop, rng: random.Random, many: int) -> None:
    """Start many runs in parallel."""
    edit(shop, rng, 0)
    edit(shop, rng, 1)
    processes = [shop.start("all") for _ in range(many)]
    for process in processes:
        _, output = process.communicate()
        if process.returncode != FINE:
            shop.wrong.append(f"one of {many}: {process.returncode} {output[-300:]!r}")
    shop.check(f"{many} in parallel")
    shop.check_orphans(f"{many} in parallel")


def clean(shop: Shop) -> None:
    """Remove a shop."""
    shutil.rmtree(shop.root, ignore_errors=True)
