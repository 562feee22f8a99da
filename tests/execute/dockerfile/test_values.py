"""Any value of a config survives the round trip through a Dockerfile."""

from __future__ import annotations

import dataclasses
import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from msbuild.errors import ConfigError
from msbuild.execute.dockerfile import EXECUTED, EXPORTED, render
from msbuild.execute.dockerfile.layout import in_container
from msbuild.model import Copy, Healthcheck, Run, Stage, StageKind, StageRef
from tests.execute.dockerfile.reader import array, copied, instructions, pairs, words
from tests.stages import TOOLCHAIN, runtime

ODD = "\"'\\$`#<>[]{}()*?!%&|;~^=,:@/-_. \u00a0\u2028\u0085\u202eüß\U0001f600RUN EOF "
LINES = st.text(st.one_of(st.sampled_from(ODD), st.characters(exclude_categories=("Cs", "Cc"))))
ANY = st.characters(exclude_categories=["Cs"], min_codepoint=1)
TEXTS = st.text(st.one_of(st.sampled_from(ODD + "\n\r\t"), ANY))
NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{0,8}", fullmatch=True).filter(
    lambda n: n not in {"OUT", "CACHE"}
)
PATHS = st.lists(
    TEXTS.map(lambda text: text.replace("/", "").strip(".")).filter(bool), min_size=1, max_size=3
).map("/".join)
QUICK = settings(deadline=None, max_examples=50)
EVIL = 'x"\nRUN touch /pwned\n#'


def only(text: str, keyword: str) -> list[str]:
    return [each.rest for each in instructions(text) if each.keyword == keyword]


@QUICK
@given(st.dictionaries(NAMES, LINES), st.dictionaries(NAMES, LINES))
@example({"A": "\\"}, {"A": "# escape=`"})
@example({"A": "<<EOF"}, {"B": "$(x) ${y} $z"})
@example({"A": "$CACHE", "B": "$OUT/x"}, {"C": "$CACHE"})
def test_variables_and_labels_survive_the_round_trip(
    env: dict[str, str], labels: dict[str, str]
) -> None:
    text = render([runtime("a", env=env, labels=labels)], pins={}, layout=EXPORTED)
    found = {
        each.keyword: pairs(each) for each in instructions(text) if each.keyword in {"ENV", "LABEL"}
    }
    assert found == {key: value for key, value in {"ENV": env, "LABEL": labels}.items() if value}


@QUICK
@given(st.lists(TEXTS, min_size=1), st.lists(TEXTS, min_size=1), st.lists(TEXTS, min_size=1))
@example([EVIL], ["\\"], ["\u2028", "<<EOF"])
def test_commands_survive_the_round_trip(
    entrypoint: list[str], command: list[str], check: list[str]
) -> None:
    stage = runtime(
        "a",
        entrypoint=tuple(entrypoint),
        command=tuple(command),
        healthcheck=Healthcheck(tuple(check)),
    )
    text = render([stage], pins={}, layout=EXPORTED)
    assert [array(each) for each in only(text, "ENTRYPOINT")] == [entrypoint]
    assert [array(each) for each in only(text, "CMD")] == [command]
    (health,) = only(text, "HEALTHCHECK")
    assert array(health.partition(" CMD ")[2]) == check


@QUICK
@given(LINES.filter(lambda text: text.strip() == text))
def test_working_directories_survive_the_round_trip(name: str) -> None:
    text = render([runtime("a", workdir=f"/{name}x")], pins={}, layout=EXPORTED)
    (line,) = only(text, "WORKDIR")
    assert words(line) == [f"/{name}x"]


@QUICK
@given(st.sets(PATHS, min_size=1), st.data())
@example({"#a", "--from=x", "<<EOF", "[a]", "it's", 'q"', "$x", "a\nb", "\\", "*?"}, None)
def test_paths_survive_the_round_trip(paths: set[str], data: st.DataObject | None) -> None:
    files = sorted(p for p in paths if not any(other.startswith(f"{p}/") for other in paths))
    some = sorted(data.draw(st.sets(st.sampled_from(files), min_size=1))) if data else files
    context = Stage("c", StageKind.CUSTOM, StageRef(TOOLCHAIN.name), (Copy(tuple(files)),))
    stage = Stage("s", StageKind.CUSTOM, StageRef(TOOLCHAIN.name), (Copy(tuple(some)),))
    text = render([TOOLCHAIN, context, stage], pins={}, layout=EXPORTED)
    mine = instructions(text.split(" AS s\n")[1])
    brought: set[str] = set()
    for each in mine:
        *sources, destination = copied(each)
        for source in sources:
            below = {path for path in files if path == source or path.startswith(f"{source}/")}
            brought |= below
            is_complete = below != {source}
            assert destination == (
                f"./{source}" if is_complete else f"./{source}"[: -len(source.rpartition("/")[2])]
            )
    assert brought == set(some)


@pytest.mark.parametrize("layout", [EXECUTED, EXPORTED])
@QUICK
@given(value=TEXTS, flag=TEXTS)
@example(value=EVIL, flag=EVIL)
@example(value="a\n\n", flag="%s\\n\r\n")
@example(value="$OUT/x", flag="$CACHE")
def test_variables_of_a_builder_reach_its_scripts_unchanged(
    layout: object, value: str, flag: str
) -> None:
    toolchain = dataclasses.replace(TOOLCHAIN, env=(("VALUE", value),))
    run = Run('printf "%s|%s" "$VALUE" "$FLAG"', env=(("FLAG", flag),))
    stage = Stage("s", StageKind.CUSTOM, StageRef(TOOLCHAIN.name), (run,))
    text = render([toolchain, stage], pins={}, layout=layout)  # type: ignore[arg-type]
    found = instructions(text)
    env = {
        name: text for each in found if each.keyword == "ENV" for name, text in pairs(each).items()
    }
    assert [each.keyword for each in found] == ["FROM", "RUN", "ENV", "WORKDIR", "FROM", "RUN"]
    last = found[-1]
    script = last.body or last.rest.removeprefix("--network=none ")
    if any(ord(each) > 127 or ord(each) < 32 for each in value + flag) and layout is EXECUTED:
        return  # one shell per case is slow: the other layout covers special characters
    shell = ["/bin/sh", "-c", script]
    done = subprocess.run(
        shell, env={"VALUE": env.get("VALUE", "")}, capture_output=True, check=True
    )
    assert done.stdout.decode() == f"{in_container(value)}|{in_container(flag)}"


@pytest.mark.parametrize("character", ["\n", "\r", "\0"])
def test_a_value_that_no_instruction_can_represent_is_refused(character: str) -> None:
    with pytest.raises(ConfigError, match=r"cannot contain"):
        render([runtime("a", env={"A": f"x{character}y"})], pins={}, layout=EXPORTED)


def test_names_that_are_not_valid_utf8_are_refused() -> None:
    stage = Stage("s", StageKind.CUSTOM, StageRef(TOOLCHAIN.name), (Copy(("x\udcff",)),))
    with pytest.raises(ConfigError, match="is not valid UTF-8"):
        render([TOOLCHAIN, stage], pins={}, layout=EXPORTED)
