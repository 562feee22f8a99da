"""Random changes of the landscape that matter to one language."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.uptodate.edits import Edits
from tests.uptodate.landscape import TEXTS

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from tests.uptodate.shop import Shop


class LanguageEdits(Edits):
    """Makes random changes of one language's files; each returns a description, for failures.

    Args:
        shop: the landscape.
        chance: decides what, and where.
        language: the language.
    """

    def __init__(self, shop: Shop, chance: random.Random, language: str) -> None:
        super().__init__(shop, chance)
        self._language = language
        self._texts = {**TEXTS[language], **TEXTS["shared"]}
        self._all = (
            *(self.choose,) * 12,
            *(self.restore,) * 8,
            *(self.append,) * 4,
            *(self.delete, self.rename, self.add_directory, self.touch, self.reshape),
            *(self.write_the_same, self.nothing, self.rare, self.rare),
        )
        self._rare = (
            *(self.change_mode, self.link, self.link_to_directory, self.retarget, self.ignore),
            *(self.track, self.make_repository, self.come_from_the_future, self.edit_lock),
            *(self.write_back_the_time, self.ignore_from_outside, self.edit_config),
        )

    def rare(self) -> str:
        """Change what no incremental load can follow."""
        return self._chance.choice(self._rare)()

    def reshape(self) -> str:
        """Change whole directories."""
        ways = (self.swap_directories, self.copy_directory, self.rename_directory)
        return self._chance.choice((*ways, self.remove_directory))()

    def append(self) -> str:
        path = self.file()
        hashed = path.suffix in {".toml", ".lock", ".py", ".txt", ".cmake"}
        with suppress(OSError), path.open("a") as file:
            file.write("# more\n" if hashed else "// more\n")
        return f"append to {path}"

    def choose(self) -> str:
        """Give a file another one of its texts."""
        path = self._chance.choice(sorted(self._texts))
        return self._give(path, self._chance.choice(self._texts[path]))

    def restore(self) -> str:
        """Give a file its first text again."""
        other = [path for path, texts in self._texts.items() if self._text(path) != texts[0]]
        if not other:
            return self.choose()
        path = self._chance.choice(sorted(other))
        return self._give(path, self._texts[path][0])

    def restore_all(self) -> None:
        """Begin again with the first text of every file."""
        for each in self._shop.source.iterdir():
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            else:
                each.unlink()
        for part in TEXTS.values():
            for path, texts in part.items():
                self._give(path, texts[0])

    def swap_directories(self) -> str:
        one, other = self.directory(), self.directory()
        if one.parent != other.parent or one == other:
            return self.rename_directory()
        with suppress(OSError):
            one.rename(one.with_name("away"))
            other.rename(one)
            one.with_name("away").rename(other)
        return f"swap {one} and {other}"

    def rename_directory(self) -> str:
        path = self.directory()
        to = path.with_name(self._chance.choice(("new", "renamed", "deep", "money", "extra")))
        with suppress(OSError):
            if path != self._shop.source:
                path.rename(to)
        return f"rename {path} to {to}"

    def copy_directory(self) -> str:
        path = self.directory()
        to = path.with_name(self._chance.choice(("copy", "new", "extra")))
        with suppress(OSError, shutil.Error):
            if path != self._shop.source:
                shutil.copytree(path, to, symlinks=True)
        return f"copy {path} to {to}"

    def edit_lock(self) -> str:
        path = self._shop.file.with_name("msbuild.lock")
        text = path.read_text()
        path.write_text(
            self._chance.choice(
                (
                    text,
                    f"{text}# more\n",
                    text.replace("found", "a.txt"),
                    text.replace("a.txt", "found"),
                )
            )
        )
        return "edit msbuild.lock"

    def edit_config(self) -> str:
        text = self._shop.file.read_text()
        one, other = "assets: [data]", "assets: []"
        swapped = text.replace(one, other) if one in text else text.replace(other, one)
        self._shop.file.write_text(self._chance.choice((swapped, f"{text}# more\n")))
        return "edit the config"

    def _text(self, path: str) -> str:
        with suppress(OSError):
            return (self._shop.source / path).read_text()
        return ""

    def _give(self, path: str, text: str) -> str:
        full = self._shop.source / path
        with suppress(OSError):
            if text:
                full.parent.mkdir(parents=True, exist_ok=True)
                full.write_text(text)
            else:
                full.unlink()
        return f"{path} says {text!r}"

    def files(self) -> list[Path]:
        return [path for path in super().files() if self._is_own(path)]

    def directory(self) -> Path:
        for _ in range(20):
            path = super().directory()
            if self._is_own(path):
                return path
        return self._shop.source

    def _is_own(self, path: Path) -> bool:
        parts = path.relative_to(self._shop.source).parts
        return parts[:1] in ((self._language,), ("shared",)) and ".git" not in parts
