"""Any content of a lock file results in a closure or a ConfigError, quickly."""

from __future__ import annotations

import random
import re
from contextlib import suppress

import pytest

from msbuild.errors import ConfigError
from msbuild.plugin.testing import TextSources, build, service
from tests.effort import little_work
from tests.plugins.go.shop import LANGUAGE, go, module, package, program

FILES = {
    "go.work": "go 1.22\n\ntoolchain go1.22.1\n\nuse (\n\t./app\n\t./kit // mine\n)\n\n"
    "replace example.com/far v1.0.0 => ./far\n",
    "go.work.sum": "example.com/far v1.0.0 h1:x=\n",
    "app/go.mod": module(
        "example.com/app",
        "toolchain go1.22.1\n\nrequire (\n\texample.com/kit v1.0.0\n"
        "\texample.org/one v1.2.3 // indirect\n)\n\nreplace example.com/kit => ../kit\n"
        "exclude example.org/one v1.0.0\n\ngodebug default=go1.21\n",
    ),
    "app/go.sum": "example.org/one v1.2.3 h1:abc=\nexample.org/one v1.2.3/go.mod h1:abc=\n",
    "app/main.go": program("example.com/kit", "example.org/one", "example.com/far"),
    "app/vendor/modules.txt": "# example.org/one v1.2.3\n## explicit; go 1.20\nexample.org/one\n",
    "app/overlay.json": '{"Replace": {"x.go": "main.go"}}',
    "go.links": "# of 0\nexample.org/one example.org/one fmt\n",
    "kit/go.mod": module("example.com/kit"),
    "kit/kit.go": package("kit"),
    "far/go.mod": module("example.com/far"),
    "far/far.go": package("far"),
}
TARGETS = sorted(set(FILES) - {"far/far.go", "far/go.mod"})
PIECES = (
    *("go 1." + "9" * 5000, "//go:build go1." + "9" * 5000 + "\n\n", "//go:build !!!\n\n"),
    *("(", ")", '"', "`", "//", "=>", "\n", "\r", "\0", "\ufeff", "\ufffd", "..", "/", "\\", " "),
    *("replace", "use", "require", "module", "go", "toolchain", "go 1.99999999999999999999", "🙂"),
    *(
        "<<<<<<< HEAD\n",
        "=======\n",
        ">>>>>>> x\n",
        "../../../..",
        "use ..\n",
        "use .\n",
        "module\n",
    ),
    *("replace example.com/kit => .\n", "replace a => a\n", "module /\n", "require x\n", "# \n"),
    *("## workspace\n", "replace x => /etc\n", "use app\n", "use app/\n", "use ./app/..\n"),
)
ROUNDS = 60


def damaged(text: str, chance: random.Random) -> str:
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(text) + 1)
        end = min(len(text), at + chance.choice((0, 1, 3, 20, 200)))
        piece = chance.choice((*PIECES, "", text[end : end + chance.randrange(40)]))
        text = text[:at] + piece * chance.choice((1, 1, 1, 3)) + text[end:]
    return text


def ask(files: dict[str, str]) -> None:
    """Call the language as the core does."""
    for flags in ([], ["-overlay=overlay.json"], ["-mod=mod"]):
        shared = go(flags=flags)
        with little_work(), suppress(ConfigError):
            build(LANGUAGE, service(LANGUAGE, "app"), shared, TextSources(files))


@pytest.mark.parametrize("path", TARGETS)
def test_a_damaged_file_causes_no_other_error(path: str) -> None:
    for number in range(ROUNDS):
        ask({**FILES, path: damaged(FILES[path], random.Random(f"{path} {number}"))})  # noqa: S311


@pytest.mark.parametrize(
    "text",
    [
        *("(" * 20_000, '"' * 20_001, "`" * 20_001, "// " * 20_000, "/*" * 20_000, " " * 50_000),
        *("//go:build " + "!" * 20_000, "//go:build " + "(" * 20_000 + "\n\npackage x\n"),
        *("go 1." + "9" * 5_000, "//go:build go1." + "9" * 5_000 + "\n\npackage x\n"),
        *("a " * 20_000, "a=>" * 20_000, "replace a => " * 5_000, "\\" * 20_000, "use (\n" * 9_000),
        *("#" * 20_000, "#include" * 9_000, "# /**/" * 9_000, "\n" * 50_000, '{"Replace":' * 9_000),
    ],
    ids=lambda text: re.sub(r"\s+", " ", text[:8]),
)
@pytest.mark.parametrize("path", [*TARGETS, "app/x.s", "app/x.c"])
def test_any_text_is_parsed_quickly(path: str, text: str) -> None:
    ask({**FILES, path: text})
    ask({**FILES, path: FILES.get(path, "") + text})
