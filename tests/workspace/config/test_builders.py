from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.errors import ConfigErrors
from msbuild.plugin.api import Option
from msbuild.workspace.config.builders import keys_of, read_options
from msbuild.workspace.config.problems import Problems
from msbuild.workspace.config.reader import Reader
from msbuild.workspace.config.schema import SERVICE
from msbuild.workspace.config.yaml_tree import Limits, parse
from tests.workspace.config.languages import Go

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Every(Go):
    service_options: Sequence[Option] = (
        Option("text", str, "x", "A text."),
        Option("flag", bool, True, "A flag."),
        Option("number", int, 5, "A number."),
        Option("list", list, ["a"], "A list."),
        Option("typed", list[str], (), "A list, too."),
    )


def read(text: str) -> Mapping[str, object]:
    problems = Problems()
    reader = Reader(problems, {})
    node = parse(f"options: {text}\n", "f", Limits())
    assert node is not None
    given = reader.read(node, SERVICE, "`x`").get("options")
    options = read_options(given, Every(), "services", reader, problems)
    problems.raise_any()
    return options


def test_defaults_are_set_and_frozen() -> None:
    problems = Problems()
    options = read_options(None, Every(), "services", Reader(problems, {}), problems)
    assert options == {"text": "x", "flag": True, "number": 5, "list": ("a",), "typed": ()}


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("{text: 1.20}", "text", "1.20"),
        ("{text: true}", "text", "true"),
        ('{text: ""}', "text", ""),
        ("{flag: false}", "flag", False),
        ("{flag: True}", "flag", True),
        ("{number: -3}", "number", -3),
        ("{list: a}", "list", ("a",)),
        ("{list: []}", "list", ()),
        ("{list: [a, 1.20, no]}", "list", ("a", "1.20", "no")),
        ("{typed: [a]}", "typed", ("a",)),
    ],
)
def test_values_have_the_type_that_is_declared(text: str, name: str, value: object) -> None:
    found = read(text)[name]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{text: }", "`text` must be a string, found nothing"),
        ("{flag: 1}", "`flag` must be `true` or `false`, found the number `1`"),
        ("{number: many}", "`number` must be an integer, found the string `many`"),
        ("{list: {a: b}}", "`list` must be a list, found a mapping"),
        ("{list: }", "`list` must be a list, found nothing"),
        ("{texts: a}", "plugin `go` has no option `texts` for services"),
        ("{cgo: true}", "plugin `go` has no option `cgo` for services"),
        ('{text: "${HOME}"}', "`${HOME}` has a variable, but variables are not substituted here"),
        ("{text: a, text: b}", "duplicate key `text`"),
    ],
)
def test_unknown_options_and_invalid_values_are_reported(text: str, message: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        read(text)
    assert [each.message for each in caught.value.problems][-1] == message


def test_options_become_keys_of_the_reference() -> None:
    assert [(key.name, key.doc) for key in keys_of(Every.service_options)][:2] == [
        ("text", "A text."),
        ("flag", "A flag."),
    ]
