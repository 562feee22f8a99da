from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from msbuild import cli
from msbuild.workspace.config import json_schema
from tests.workspace.config.bad_commands import COMMANDS
from tests.workspace.config.bad_images import IMAGES
from tests.workspace.config.bad_keys import KEYS
from tests.workspace.config.bad_missing import MISSING
from tests.workspace.config.bad_names import NAMES
from tests.workspace.config.bad_runtimes import RUNTIMES
from tests.workspace.config.bad_values import VALUES
from tests.workspace.config.good_configs import GOOD

if TYPE_CHECKING:
    from tests.workspace.config.case import Case
    from tests.workspace.config.good_configs import Good

REPOSITORY = Path(__file__).parents[3]
VALIDATOR = jsonschema.Draft7Validator(json_schema())
# Problems that a schema cannot express: sums, other entries, plugins.
BEYOND = {
    "a-duration-that-is-too-long",
    "a-duration-that-is-too-short",
    "a-service-named-like-a-build",
    "a-service-named-like-a-toolchain",
    "a-service-without-a-path",
    "a-stage-named-like-a-service",
    "a-stage-named-like-an-image",
    "packages-on-scratch",
}


class Loader(yaml.SafeLoader):
    """Reads `on`, `yes` and `no` as strings, like YAML 1.2 and editors."""


Loader.yaml_implicit_resolvers = {
    first: known
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    if first not in "ynoYNO"
}


def test_it_is_a_valid_schema_of_its_draft() -> None:
    jsonschema.Draft7Validator.check_schema(json_schema())
    assert json_schema()["$schema"] == jsonschema.Draft7Validator.META_SCHEMA["$schema"]


def test_every_key_has_a_description() -> None:
    schema = json_schema()
    for record in (schema, *schema["definitions"].values()):
        assert all(key["description"] for key in record["properties"].values())
        assert record["additionalProperties"] is False


def test_msbuild_schema_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()


def test_the_config_of_the_sample_is_valid_and_names_the_schema() -> None:
    text = (REPOSITORY / "msbuild.yaml").read_text()
    VALIDATOR.validate(value_of(text))
    schema = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert (REPOSITORY / schema).is_file()


def value_of(text: bytes | str) -> Any:
    return yaml.load(text, Loader)  # noqa: S506 - it is a safe loader


@pytest.mark.parametrize("good", GOOD, ids=lambda good: good.name)
def test_good_configs_are_valid(good: Good) -> None:
    VALIDATOR.validate(value_of(good.config))


@pytest.mark.parametrize(
    "case",
    [*KEYS, *MISSING, *VALUES, *NAMES, *IMAGES, *RUNTIMES, *COMMANDS],
    ids=lambda case: case.name,
)
def test_bad_configs_are_invalid_where_the_schema_can_express_it(case: Case) -> None:
    assert VALIDATOR.is_valid(value_of(case.config)) is (case.name in BEYOND)
