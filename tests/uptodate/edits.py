"""Random changes of a workspace between two runs."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from msbuild.execute.evidence import REF_NAME

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from tests.uptodate.shop import Shop

WORDS = ("alone\n", "other\n", "use lib/x\n", "use lib/y\n", "three\n", "a line more\nand one\n")
COLOURS = ("red", "blue", "")


class Edits:
    """Makes random changes; each returns a description, for failures.

    Args:
        shop: the shop.
        chance: decides on the change and its place.
    """

    def __init__(self, shop: Shop, chance: random.Random) -> None:
        self._shop = shop
        self._chance = chance
        self._all: tuple[Callable[[], str], ...] = (
            *(self.write, self.write_back_the_time, self.add, self.delete, self.rename),
            *(self.change_mode, self.touch, self.link, self.retarget, self.swap_directories),
            *(self.add_directory, self.remove_directory, self.ignore, self.edit_config),
            *(self.set_variable, self.remove_tag, self.move_tag, self.remove_blob),
            *(self.append,) * 6,
            *(self.damage_blob, self.come_from_the_future, self.nothing, self.write_the_same),
            *(self.link_to_directory, self.ignore_from_outside, self.track, self.make_repository),
        )

    def one(self) -> str:
        """Make one change."""
        return self._chance.choice(self._all)()

    def write(self) -> str:
        path = self.file()
        with suppress(OSError):
            path.write_text(self._chance.choice(WORDS))
        return f"write {path}"

    def append(self) -> str:
        path = self.file()
        with suppress(OSError), path.open("a") as file:
            file.write("and more\n")
        return f"append to {path}"

    def write_the_same(self) -> str:
        path = self.file()
        with suppress(OSError):
            path.write_bytes(path.read_bytes())
        return f"write {path} again"

    def write_back_the_time(self) -> str:
        """Write other content with the same size and modification time."""
        path = self.file()
        before = path.lstat()
        with suppress(OSError):
            path.write_text("".join(self._chance.sample("alone\n", before.st_size % 7)))
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        return f"write {path} behind its back"

    def come_from_the_future(self) -> str:
        path = self.file()
        with suppress(OSError):
            os.utime(path, (4e9, 4e9), follow_symlinks=False)
        return f"{path} comes from the future"

    def add(self) -> str:
        path = self.directory() / self._chance.choice(("new", "main", "code", "more"))
        with suppress(OSError):
            path.write_text(self._chance.choice(WORDS))
        return f"add {path}"

    def delete(self) -> str:
        path = self.file()
        path.unlink()
        return f"delete {path}"

    def rename(self) -> str:
        path = self.file()
        to = self.directory() / self._chance.choice((path.name, "renamed"))
        with suppress(OSError):
            path.rename(to)
        return f"rename {path} to {to}"

    def change_mode(self) -> str:
        path = self.file()
        with suppress(OSError):
            path.chmod(self._chance.choice((0o644, 0o755, 0o600)))
        return f"mode of {path}"

    def touch(self) -> str:
        path = self.file()
        with suppress(OSError):
            path.touch()
        return f"touch {path}"

    def link(self) -> str:
        path, to = self.file(), self.file()
        path.unlink()
        path.symlink_to(os.path.relpath(to, path.parent))
        return f"link {path} to {to}"

    def link_to_directory(self) -> str:
        path, to = (
            self.directory() / self._chance.choice(("linked", "deep", "x")),
            self.directory(),
        )
        if path.is_symlink():
            path.unlink()
        with suppress(OSError):
            path.symlink_to(os.path.relpath(to, path.parent))
        return f"link {path} to {to}"

    def retarget(self) -> str:
        """Change the target of a link, not the link."""
        links = [path for path in self.files() if path.is_symlink() and path.is_file()]
        if not links:
            return self.link()
        path = self._chance.choice(links)
        with suppress(OSError, RuntimeError):
            path.resolve().write_text(self._chance.choice(WORDS))
        return f"write the target of {path}"

    def swap_directories(self) -> str:
        one, other = self._shop.source / "lib/x", self._shop.source / "lib/y"
        with suppress(OSError):
            one.rename(one.with_name("z"))
            other.rename(one)
            one.with_name("z").rename(other)
        return "swap the libraries"

    def add_directory(self) -> str:
        path = self.directory() / self._chance.choice(("empty", "x", "cron"))
        with suppress(OSError):
            path.mkdir()
        return f"make {path}"

    def remove_directory(self) -> str:
        path = self.directory()
        if path != self._shop.source and self._chance.random() < 0.3:
            if path.is_symlink():
                path.unlink()
            else:
                shutil.rmtree(path)
            return f"remove {path}"
        return self.nothing()

    def ignore(self) -> str:
        path = self.directory() / ".gitignore"
        text = self._chance.choice(("deep\n", "new\n", "*\n!main\n", ""))
        with suppress(OSError):
            path.write_text(text)
        return f"{path} says {text!r}"

    def ignore_from_outside(self) -> str:
        """Change ignore rules outside of the tree, and the git config that names them."""
        text = self._chance.choice(("deep\n", "new\n", "code\n", "x/\n", "!new\n", ""))
        path = self._chance.choice(self._shop.rules)
        if path.name == ".gitconfig":
            named = self._chance.choice(("~/named", "~/other"))
            text = f"[core]\n\texcludesFile = {named}\n" if text else ""
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return f"{path} says {text!r}"

    def track(self) -> str:
        if not (self._shop.top / ".git").exists():
            return self.nothing()
        path = self.file()
        self._shop.git("add", "--force", str(path))
        return f"track {path}"

    def make_repository(self) -> str:
        if (self._shop.top / ".git").exists() or self._chance.random() < 0.8:
            return self.nothing()
        self._shop.git("init", "--quiet")
        return "make a repository"

    def edit_config(self) -> str:
        text = self._shop.file.read_text()
        line = "  api: {path: services/api, assets: [extra]}\n"
        more = "  api: {path: services/api, runtime: {workdir: /srv}}\n"
        swapped = text.replace(line, more) if line in text else text.replace(more, line)
        self._shop.file.write_text(self._chance.choice((text, swapped, text + "# more\n")))
        return "edit the config"

    def set_variable(self) -> str:
        os.environ["SHOP_COLOUR"] = self._chance.choice(COLOURS)
        return f"SHOP_COLOUR={os.environ['SHOP_COLOUR']}"

    def remove_tag(self) -> str:
        tags = self._index()
        tag = self._chance.choice(sorted(tags)) if tags else ""
        tags.pop(tag, None)
        self._write_index(tags)
        return f"remove the tag {tag}"

    def move_tag(self) -> str:
        tags = self._index()
        if len(tags) > 1:
            one, other = self._chance.sample(sorted(tags), 2)
            tags[one] = {**tags[other], "annotations": tags[one]["annotations"]}
            self._write_index(tags)
        return "move a tag"

    def remove_blob(self) -> str:
        blobs = self._blobs()
        if blobs:
            self._chance.choice(blobs).unlink()
        return "remove a blob"

    def damage_blob(self) -> str:
        blobs = self._blobs()
        if blobs:
            path = self._chance.choice(blobs)
            path.write_bytes(path.read_bytes()[::-1])
        return "damage a blob"

    def nothing(self) -> str:
        return "nothing"

    def files(self) -> list[Path]:
        return sorted(
            path for path in self._shop.source.rglob("*") if path.is_symlink() or path.is_file()
        )

    def file(self) -> Path:
        if not (files := self.files()):
            (self._shop.source / "lock").write_text("one\n")
            files = self.files()
        return self._chance.choice(files)

    def directory(self) -> Path:
        source = self._shop.source
        return self._chance.choice(sorted([source, *(p for p in source.rglob("*") if p.is_dir())]))

    def _blobs(self) -> list[Path]:
        return sorted((self._shop.store.layout / "blobs" / "sha256").iterdir())

    def _index(self) -> dict[str, dict[str, dict[str, str]]]:
        entries = json.loads((self._shop.store.layout / "index.json").read_text())["manifests"]
        return {str(entry["annotations"][REF_NAME]): entry for entry in entries}

    def _write_index(self, tags: dict[str, dict[str, dict[str, str]]]) -> None:
        index = {"schemaVersion": 2, "manifests": list(tags.values())}
        (self._shop.store.layout / "index.json").write_text(json.dumps(index))
