"""Words of a Dockerfile: nothing that a config says can end one or start another."""

from __future__ import annotations

import json
import re

_PLAIN_WORD = re.compile(r"[A-Za-z0-9_@%+:,./-]+")
_SHORT_FLAG = 20
_GLOB = re.compile(r"[*?\[]")


def word(text: str) -> str:
    """One word that Docker reads back as ``text``, variables unexpanded."""
    if _PLAIN_WORD.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


def exec_form(words: tuple[str, ...]) -> str:
    """A JSON array, the form of a command that no shell touches."""
    return json.dumps(list(words), ensure_ascii=False)


def copy_arguments(sources: tuple[str, ...], destination: str) -> str:
    """The operands of ``COPY``, with nothing in ``sources`` taken for a pattern or a variable."""
    paths = [*(_GLOB.sub(lambda found: f"[{found[0]}]", path) for path in sources), destination]
    if all(_PLAIN_WORD.fullmatch(path) and not path.startswith("-") for path in paths):
        return " ".join(paths)
    return json.dumps([path.replace("$", "\\$") for path in paths], ensure_ascii=False)


def instruction(flags: tuple[str, ...], script: str) -> str:
    """A ``RUN`` of a shell script, whatever the script holds."""
    # a single flag leaves room for the script in its line
    separator = " " if len(flags) == 1 and len(flags[0]) <= _SHORT_FLAG else " \\\n    "
    head = "RUN " + "".join(f"{flag}{separator}" for flag in flags)
    one_line = "\n" not in script and "<<" not in script and not script.endswith("\\")
    if one_line and script[:1] not in {"[", "-", "#"}:
        return head + script
    if not script.startswith("set -e"):
        script = f"set -e\n{script}"
    return heredoc(head.removesuffix(" "), script.rstrip("\n"))


def heredoc(head: str, text: str, tail: str = "") -> str:
    """An instruction that takes lines of text as they are."""
    end = "EOF"
    while end in text:
        end += "_"
    # the blank line behind it is for linters that do not find the next instruction without one
    return f"{head} <<'{end}' {tail}".rstrip() + f"\n{text}\n{end}\n"
