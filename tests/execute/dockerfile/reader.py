"""Parses the Dockerfiles that msbuild writes as BuildKit does, independently of the renderer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

HEREDOC = re.compile(r"<<'([A-Z_]+)'(?= |$)")
CONTINUED = re.compile(r"\\[ \t]*$")


@dataclass(frozen=True)
class Instruction:
    """A keyword, its operands as written, and the lines of a heredoc."""

    keyword: str
    rest: str
    body: str = ""


def instructions(text: str) -> list[Instruction]:
    """Every instruction; only a line feed ends a line."""
    found: list[Instruction] = []
    lines = iter(text.split("\n"))
    for line in lines:
        if not line.strip(" \t\r") or line.lstrip(" \t").startswith("#"):
            continue
        line_text = line
        while match := CONTINUED.search(line_text):
            line_text = line_text[: match.start()] + next(lines)
        keyword, _, rest = line_text.strip().partition(" ")
        body: list[str] = []
        if keyword in {"RUN", "COPY"} and (mark := HEREDOC.search(rest)):
            for each in lines:
                if each == mark[1]:
                    break
                body.append(each)
        found.append(Instruction(keyword, rest.strip(), "\n".join(body)))
    return found


def words(text: str, between: str = " \t") -> list[str]:
    """The words of a line, as Docker's shell parser reads them; fails on variables."""
    found, word, quote, open_word = [], "", "", False
    position = 0
    while position < len(text):
        char = text[position]
        if char == "\\" and quote != "'":
            following = text[position + 1]
            # within quotes it only escapes special characters
            word += following if not quote or following in '"$\\' else f"\\{following}"
            position, open_word = position + 1, True
        elif char == "$" and quote != "'":
            raise AssertionError(f"a variable in {text!r}")
        elif quote and char == quote:
            quote = ""
        elif not quote and char in "\"'":
            quote, open_word = char, True
        elif not quote and char in between and between:
            if open_word:
                found.append(word)
            word, open_word = "", False
        else:
            word, open_word = word + char, True
        position += 1
    assert not quote, text
    return [*found, word] if open_word else found


def pairs(instruction: Instruction) -> dict[str, str]:
    """The names and values of an ``ENV`` or ``LABEL``."""
    return dict(word.split("=", 1) for word in words(instruction.rest))


def array(text: str) -> list[str]:
    """The exec form; anything but valid JSON would be run by a shell."""
    found = json.loads(text)
    assert isinstance(found, list)
    assert all(isinstance(each, str) for each in found)
    return found


def copied(instruction: Instruction) -> list[str]:
    """The operands of a ``COPY``, variables and patterns resolved."""
    rest = re.sub(r"^(--\S+ )*", "", instruction.rest)
    texts = array(rest) if rest.startswith("[") else rest.split(" ")
    read = ["".join(words(text, between="")) for text in texts]
    return [*(unglobbed(each) for each in read[:-1]), read[-1]]


def unglobbed(pattern: str) -> str:
    """The only name that a pattern matches."""
    name, position = "", 0
    while position < len(pattern):
        char = pattern[position]
        assert char not in "*?", pattern
        if char == "\\":
            position += 1
            name += pattern[position]
        elif char == "[":
            assert pattern[position + 2] == "]", pattern
            name += pattern[position + 1]
            position += 2
        else:
            name += char
        position += 1
    return name
