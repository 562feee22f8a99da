"""What happens to a shop: kills, signals, damage, full disks, many at once."""

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
# Of what a compiler keeps for itself msbuild knows nothing; of the others each is a trial's own.
_NOT_OURS = ("caches", "work", "locks")


def edited(shop: Shop, dice: random.Random, number: int) -> None:
    """Edit a service, or what both stand on."""
    if dice.random() < 0.3:
        shop.edit_shared(f"lock {number} {dice.random()}")
    else:
        shop.edit(dice.choice("ab"), f"{number} {dice.random()}")


def kill(shop: Shop, dice: random.Random, number: int) -> None:
    """SIGKILL somewhere in a build, with edits before and after."""
    edited(shop, dice, number)
    process = shop.start("all")
    time.sleep(dice.uniform(0.1, 1.6))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    if dice.random() < 0.5:
        edited(shop, dice, number)
    about = f"kill {number}"
    if dice.random() < 0.3:
        shop.check_orphans(about)
    shop.check(about)
    shop.check_orphans(about)


def interrupt(shop: Shop, dice: random.Random, number: int) -> None:
    """A signal somewhere in a build; or Ctrl-C twice."""
    edited(shop, dice, number)
    process = shop.start("all")
    time.sleep(dice.uniform(0.3, 1.6))
    chosen = dice.choice(_SIGNALS)
    for _ in range(dice.choice((1, 2))):
        os.killpg(process.pid, chosen)
        time.sleep(dice.uniform(0, 0.1))
    process.communicate()
    about = f"{chosen.name} {number}"
    if process.returncode not in (FINE, INTERRUPTED, -chosen):
        shop.wrong.append(f"{about}: ended with {process.returncode}")
    shop.check_orphans(about)
    shop.check(about)


def damage(shop: Shop, dice: random.Random, number: int) -> None:
    """Change, cut, remove or replace files of the state, then edit something or nothing."""
    files = [path for root in (shop.state, shop.store) for path in root.rglob("*")]
    files = [path for path in files if path.relative_to(shop.root).parts[1] not in _NOT_OURS]
    # as many of each kind of file as of any other
    kinds: dict[tuple[str, ...], list[Path]] = {}
    for path in files:
        kinds.setdefault(_kind(path.relative_to(shop.root)), []).append(path)
    told = []
    outside = _outside(shop)
    for _ in range(dice.choice((1, 1, 1, 2, 5))):
        path = dice.choice(kinds[dice.choice(sorted(kinds))])
        told.append(f"{path.relative_to(shop.root)} {_damaged(path, dice, outside)}")
    if dice.random() < 0.6:
        edited(shop, dice, number)
    about = f"damage {number}: {', '.join(told)}"
    if dice.random() < 0.2:
        for words in (("images",), ("prune", "-n", "--executor", "local"), ("timing",)):
            shop.run(*words, expected={0, 1, 2, 3})
    before = len(shop.wrong)
    shop.check(about)
    if [each.name for each in outside.iterdir()] != ["file"] or (
        outside / "file"
    ).read_text() != "outside":
        shop.wrong.append("something was written outside of the state, through a link")
    if len(shop.wrong) > before:
        shop.wrong[before] += f" ({about})"


def _outside(shop: Shop) -> Path:
    """A directory that links may lead to, and that nobody may change."""
    place = shop.root / "outside"
    remove_tree(place)
    place.mkdir()
    (place / "file").write_text("outside")
    return place


def _kind(path: Path) -> tuple[str, ...]:
    """Where a file is, without names that are digests or of services."""
    return tuple(part if len(part) < 20 else "*" for part in path.parts)


def _damaged(path: Path, dice: random.Random, outside: Path) -> str:
    how = dice.choice(("flipped", "flipped", "flipped", "cut", "gone", "directory", "link", "fifo",
                       "empty", "json", "mode"))  # fmt: skip
    try:
        if how in ("flipped", "cut") and path.is_file() and not path.is_symlink():
            _change(path, how, dice)
        elif how == "mode" and not path.is_symlink():
            # of a link it would be the mode of what it leads to, outside of the shop
            path.chmod(0)
        else:
            remove_tree(path)
            _put(path, how, dice, outside)
    except OSError:
        # damage before this one took away what was above it, or made a loop of it
        return "is out of reach"
    return how


def _change(path: Path, how: str, dice: random.Random) -> None:
    data = bytearray(path.read_bytes())
    place = dice.randrange(len(data)) if data else 0
    if how == "cut":
        del data[place:]
    elif data:
        data[place] ^= 1 << dice.randrange(8)
    path.write_bytes(data)


def _put(path: Path, how: str, dice: random.Random, outside: Path) -> None:
    match how:
        case "directory":
            (path / "x").mkdir(parents=True)
        case "link":
            path.symlink_to(dice.choice((outside / "file", outside / "none", path.name, outside)))
        case "fifo":
            os.mkfifo(path)
        case "empty":
            path.touch()
        case "json":
            path.write_text(dice.choice(("{}", "[]", "null", '{"manifests": {}}', '"x"', "[[1]]")))


def full(shop: Shop, dice: random.Random, number: int) -> None:
    """No space left somewhere in a build: on a small file system, or for a file that grows."""
    edited(shop, dice, number)
    places = [shop.store, shop.state]
    if os.geteuid() == 0 and dice.random() < 0.7:
        place = dice.choice(places)
        _full_disk(shop, place, dice.choice((4, 8, 12, 16, 24, 32, 48, 64, 96, 128)))
    else:
        limit = dice.randrange(1, 40_000)
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
        shop.wrong.append("no file system could be mounted")
        return
    try:
        shop.run("all", expected={FINE, MACHINE})
    finally:
        subprocess.run(["umount", str(place)], check=True)
        place.rmdir()
        if aside.exists():
            aside.rename(place)


def together(shop: Shop, dice: random.Random, many: int) -> None:
    """Many runs at once."""
    edited(shop, dice, 0)
    edited(shop, dice, 1)
    processes = [shop.start("all") for _ in range(many)]
    for process in processes:
        _, said = process.communicate()
        if process.returncode != FINE:
            shop.wrong.append(f"one of {many}: {process.returncode} {said[-300:]!r}")
    shop.check(f"{many} at once")
    shop.check_orphans(f"{many} at once")


def clean(shop: Shop) -> None:
    """Remove a shop."""
    shutil.rmtree(shop.root, ignore_errors=True)
