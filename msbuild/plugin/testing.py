"""For tests of language plugins: a source tree made of text, a builder and a service.

Tests of a plugin need neither a disk nor an engine::

    sources = TextSources({"hello/main.c": "int main(void) {}"})
    inputs = C().inputs(service(C(), "hello"), builder(C()), sources)
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, TypeVar

from msbuild.model import Builder, Location, Runtime, Service
from msbuild.plugin.paths import normalize

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from msbuild.plugin.api import Language, ServiceBuild, Sources

Answer = TypeVar("Answer")

_HERE = Location("msbuild.yaml", 1, 1)


class TextSources:
    """``Sources`` made of texts by path.

    Args:
        texts: the files of the tree.
        ignored: the files that ignore rules exclude from it.
    """

    def __init__(self, texts: Mapping[str, str], ignored: Sequence[str] = ()) -> None:
        self._texts = dict(texts)
        self._ignored = sorted(ignored)

    def exists(self, path: str) -> bool:
        """Whether ``path`` is a file or a directory of the tree."""
        path = normalize(path)
        return path in self._texts or path == "" or bool(self.files(path))

    def read(self, path: str) -> str:
        """The text of a file."""
        try:
            return self._texts[normalize(path)]
        except KeyError:
            raise FileNotFoundError(path) from None

    def scan(self, path: str, scanner: Callable[[str], Answer]) -> Answer:
        """A function's result for the text of a file."""
        return scanner(self.read(path))

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files directly in a directory, sorted."""
        directory = normalize(directory)
        return tuple(
            sorted(
                posixpath.basename(path)
                for path in self._texts
                if posixpath.dirname(path) == directory
            )
        )

    def files(self, directory: str) -> tuple[str, ...]:
        """Every file below a directory, sorted."""
        directory = normalize(directory)
        return tuple(
            sorted(p for p in self._texts if not directory or p.startswith(f"{directory}/"))
        )

    def find(self, directory: str, name: str) -> tuple[str, ...]:
        """The files of a name below a directory, sorted."""
        return tuple(path for path in self.files(directory) if posixpath.basename(path) == name)

    def ignored(self, directory: str) -> tuple[str, ...]:
        """The files below a directory that ignore rules exclude, sorted."""
        directory = normalize(directory)
        return tuple(p for p in self._ignored if not directory or p.startswith(f"{directory}/"))

    def ignored_by(self, path: str) -> str:
        """A rule for every ignored path; empty for any other."""
        return ".gitignore:1" if normalize(path) in self._ignored else ""


def builder(language: Language, image: str = "debian:trixie-slim", **options: Any) -> Builder:
    """A builder of a language, with the language's name; other options have their defaults."""
    return Builder(
        name=language.name,
        plugin=language.name,
        image=image,
        packages=(),
        env={},
        options={option.name: option.default for option in language.builder_options} | options,
        at=_HERE,
    )


def service(language: Language, path: str, **options: Any) -> Service:
    """A service at ``path``, named like its directory; other options have their defaults."""
    return Service(
        name=posixpath.basename(path),
        builder=language.name,
        path=path,
        options={option.name: option.default for option in language.service_options} | options,
        assets=(),
        runtime=Runtime(),
        depends_on=(),
        at=_HERE,
    )


def build(language: Language, each: Service, of: Builder, sources: Sources) -> ServiceBuild:
    """The stages of a service that is the only one of its builder."""
    inputs = language.inputs(each, of, sources)
    shared = language.shared_stages(of, [each], sources)
    return language.service_build(each, of, inputs, shared, sources)
