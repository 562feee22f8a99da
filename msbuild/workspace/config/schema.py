"""The schema of a config: the reader, JSON Schema and the reference are derived from it.

The kinds of values come first, then the config that is described with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msbuild.model import Healthcheck, Runtime
from msbuild.workspace.config import formats

if TYPE_CHECKING:
    from msbuild.workspace.config.formats import Format


@dataclass(frozen=True, slots=True)
class Text:
    """A text.

    Attributes:
        unquoted: other types accepted without quotes, as written: ``number``, ``boolean``.
        env: whether environment variables are substituted.
        for_shell: ``${`` is left alone, for the shell that runs later.
    """

    format: Format
    unquoted: tuple[str, ...] = ()
    env: bool = False
    for_shell: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """``true`` or ``false``, without the other spellings of YAML 1.1."""


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer."""

    least: int
    most: int
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list.

    Attributes:
        single: whether a single item may be given instead of a list.
        least: the minimum number of items.
        command: whether the items are the words of a command.
    """

    item: Text | OneOf | Record
    single: bool = False
    least: int = 0
    command: bool = False


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping whose keys the user chooses.

    Attributes:
        least: the minimum number of entries.
    """

    key: Format
    value: Text | Record
    least: int = 0


@dataclass(frozen=True, slots=True)
class OneOf:
    """A string, or a record that expresses the same in more detail."""

    text: Text
    record: Record


@dataclass(frozen=True, slots=True)
class PluginOptions:
    """The options of a language plugin, which are known once the plugin is."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a record.

    Attributes:
        doc: one sentence for editors and the reference.
        default: the value if the key is absent.
        absent: a description of the default, if it is not a single value.
    """

    name: str
    kind: Kind
    doc: str
    required: bool = False
    default: Any = None
    absent: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys.

    Attributes:
        title: the name of such a record.
        one_of: keys of which exactly one must be present.
        any_of: keys of which at least one must be present.
        example: YAML for the reference.
    """

    title: str
    doc: str
    keys: tuple[Key, ...]
    one_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    example: str = ""

    def key(self, name: str) -> Key | None:
        """The key with a name."""
        return next((key for key in self.keys if key.name == name), None)


Kind = Text | Flag | Integer | ListOf | MapOf | OneOf | PluginOptions | Record


VERSION = 1
_RUNTIME = Runtime()
_CHECK = Healthcheck(())
# Values that are used as strings: numbers and the like stay as written.
_VALUE = Text(formats.LINE, unquoted=("number", "boolean"))
_VALUE_WITH_ENV = Text(formats.LINE, unquoted=("number", "boolean"), env=True)
_COMMAND = ListOf(Text(formats.SCRIPT, for_shell=True), least=1, command=True)
_ENV = MapOf(formats.VARIABLE, _VALUE_WITH_ENV)
_BUILDER_ENV = MapOf(formats.BUILDER_VARIABLE, _VALUE_WITH_ENV)
_PACKAGES = ListOf(Text(formats.PACKAGE))
_PATH = Text(formats.PATH)
_INPUTS = ListOf(Text(formats.INPUT))
_BUILDER_NAME = Text(formats.NAME)
_THE_BUILDER = "`defaults.builder`, or the only builder"

USER = Record(
    "User",
    "A user with a name. It is added to the passwd file of the image.",
    (
        Key("name", Text(formats.USER_NAME), "The name.", required=True),
        Key("uid", Integer(1, formats.LARGEST_ID, formats.UNPRIVILEGED), "The user id.",
            absent="10001, `nobody` is 65534"),
        Key("gid", Integer(0, formats.LARGEST_ID), "The group id.", absent="the user id"),
    ),
    example="user: {name: shop, uid: 10001, gid: 10001}",
)  # fmt: skip

HEALTHCHECK = Record(
    "Health check",
    "How the engine checks whether a container is healthy.",
    (
        Key("command", _COMMAND, "The command to run in the container.", required=True),
        Key("interval", Text(formats.DURATION), "Time between checks.", absent="30s"),
        Key("timeout", Text(formats.DURATION), "Maximum duration of a check.", absent="30s"),
        Key("start_period", Text(formats.DURATION),
            "Time after the start during which failures do not count.", absent="0s"),
        Key("retries", Integer(1, 1000), "Consecutive failures that make a container unhealthy.",
            default=_CHECK.retries),
    ),
    example="healthcheck: {command: [./gateway, -health], interval: 10s}",
)  # fmt: skip

RUNTIME = Record(
    "Runtime",
    "What the image of a service contains besides its artifact, and how it is started.",
    (
        Key("base", Text(formats.IMAGE), "The base image; `scratch` is an empty one.",
            default=_RUNTIME.base),
        Key("user", OneOf(Text(formats.USER, unquoted=("number",)), USER),
            "The user it runs as: a user id, `uid:gid`, a name, or a mapping of all three. "
            "Never root.",
            absent=f"`{_RUNTIME.user}`"),
        Key("workdir", Text(formats.ABSOLUTE),
            "The directory that the artifact is copied to and started in.",
            default=_RUNTIME.workdir),
        Key("env", _ENV, "Environment variables of the container."),
        Key("ports", ListOf(Text(formats.PORT, unquoted=("number",))), "The ports it listens on."),
        Key("entrypoint", _COMMAND, "The command to start, as a list of words.",
            absent="the artifact"),
        Key("command", ListOf(_COMMAND.item, command=True),
            "Default arguments, which those of `docker run` replace.", default=()),
        Key("labels", MapOf(formats.LABEL, _VALUE), "Labels of the image."),
        Key("healthcheck", HEALTHCHECK, "How to check whether the container is healthy."),
        Key("packages", _PACKAGES, "Distribution packages to install on top of `base`.",
            default=()),
        Key("certificates", Flag(), "Copy the CA certificates of the builder's toolchain.",
            default=_RUNTIME.certificates),
    ),
    example="runtime:\n  base: debian:trixie-slim\n  user: shop\n  ports: [8080, 9090/udp]",
)  # fmt: skip

ASSET = Record(
    "Asset",
    "A file or directory of the service that ships next to the artifact.",
    (
        Key("from", _PATH, "The path to copy, below the service's `path`.", required=True),
        Key("to", Text(formats.DESTINATION), "The destination: absolute, or below `workdir`.",
            absent="the same path below `workdir`"),
    ),
    example="assets:\n  - templates\n  - {from: config, to: /etc/shop}",
)  # fmt: skip

DEPENDENCY = Record(
    "Dependency",
    "An artifact of another stage or service that this build uses.",
    (
        Key("stage", Text(formats.NAME), "A stage under `stages:`."),
        Key("service", Text(formats.NAME), "Another service: its build, not its image."),
        Key("from", _PATH, "The path to copy, below that stage's `$OUT`.", default="."),
        Key("to", _PATH, "The destination, below the source root in this build.", default="."),
    ),
    one_of=("stage", "service"),
    example="depends_on:\n  - {stage: codegen, from: gen, to: go/gen}",
)

_CORES = Integer(1, 1024)

_BUILDER_OF_SERVICE = Key("builder", _BUILDER_NAME, "The builder to use.", absent=_THE_BUILDER)
_SHARED_BY_SERVICES = (
    Key("options", PluginOptions(), "Options of the language plugin for this service."),
    Key(
        "assets", ListOf(OneOf(_PATH, ASSET)), "Files and directories that also ship in the image."
    ),
    Key(
        "inputs",
        _INPUTS,
        "Files, directories and globs below the source root that its build reads in addition to "
        "those that the language finds.",
        default=(),
    ),
    Key("runtime", RUNTIME, "The image of the service, and how it is started."),
    Key(
        "depends_on", ListOf(DEPENDENCY), "The stages and services whose artifacts its build uses."
    ),
    Key(
        "cores",
        _CORES,
        "The number of `--jobs` slots that its build takes.",
        absent="the builder's",
    ),
)

SERVICE = Record(
    "Service",
    "One deployable unit, under its name. For a service that `discover:` finds, these settings are "
    "merged over those of its entry: mappings key by key; lists and other values are replaced.",
    (
        _BUILDER_OF_SERVICE,
        Key("path", _PATH, "Its directory, below the source root.",
            absent="the directory that `discover:` finds"),
        *_SHARED_BY_SERVICES,
    ),
    example="services:\n  gateway:\n    path: go/services/gateway\n    runtime: {ports: [8080]}",
)  # fmt: skip

DISCOVER = Record(
    "Discover",
    "Turns each directory that a glob matches into a service, named after the last component of "
    "its path. Hidden and ignored directories and symbolic links are skipped.",
    (
        Key("glob", Text(formats.GLOB), "The directories: `*`, `?`, `[ab]`; `**` for any depth.",
            required=True),
        Key("exclude", ListOf(Text(formats.GLOB), single=True),
            "Directories to skip, with everything below them."),
        _BUILDER_OF_SERVICE,
        *_SHARED_BY_SERVICES,
    ),
    example="discover:\n  - glob: go/services/*\n    builder: go\n    assets: [templates]",
)  # fmt: skip

STAGE = Record(
    "Stage",
    "A stage that the config defines itself, a code generator for example.",
    (
        Key("builder", _BUILDER_NAME, "The builder whose toolchain it runs on.",
            absent=_THE_BUILDER),
        Key("inputs", _INPUTS,
            "Files, directories and globs below the source root that it may read.", default=()),
        Key("run", ListOf(Text(formats.FILLED_SCRIPT, for_shell=True), single=True, least=1),
            "Shell scripts, run in order; the files that they write to `$OUT` are the result.",
            required=True),
        Key("network", Flag(), "Whether the scripts may access the network.", default=False),
        Key("cores", _CORES, "The number of `--jobs` slots that it takes.",
            absent="the builder's"),
    ),
    example="stages:\n  codegen:\n    builder: go\n    inputs: [go/schema]\n"
    '    run: go run ./go/schema -out "$OUT"',
)  # fmt: skip

BUILDER = Record(
    "Builder",
    "A toolchain that services share, under its name.",
    (
        Key("plugin", Text(formats.PLUGIN), "The language plugin.",
            absent="the name of the builder"),
        Key("image", Text(formats.BUILDER_IMAGE), "The base image of the toolchain.",
            required=True),
        Key("packages", _PACKAGES, "Distribution packages to install on top of it.", default=()),
        Key("env", _BUILDER_ENV, "Environment variables for every step."),
        Key("inputs", _INPUTS, "Inputs of all services that use the builder, as under `services:`.",
            default=()),
        Key("options", PluginOptions(), "Options of the language plugin."),
        Key("cores", _CORES,
            "The number of `--jobs` slots that its builds take, including third-party code.",
            absent="1"),
    ),
    example="builders:\n  go:\n    image: debian:trixie-slim\n    packages: [golang-go]\n"
    '    env: {GOPROXY: "${GOPROXY:-https://go.example.com}"}',
)  # fmt: skip

DEFAULTS = Record(
    "Defaults",
    "Defaults for all services.",
    (
        Key("builder", _BUILDER_NAME, "The builder of services and stages without one."),
        Key("runtime", RUNTIME, "Defaults for the `runtime` of every service, key by key."),
    ),
    example="defaults:\n  runtime: {user: 65532}",
)

CONFIG = Record(
    "Config",
    "One `msbuild.yaml` declares a workspace.",
    (
        Key("version", Integer(VERSION, VERSION), "The version of the config format.",
            required=True),
        Key("workspace", Text(formats.COMPONENT), "Its name, which is part of every image name.",
            required=True),
        Key("registry", Text(formats.REGISTRY, env=True), "The prefix of image names."),
        Key("source_root", _PATH, "The directory that source paths are relative to; itself "
            "relative to the config.", default="."),
        Key("ca_bundle", Text(formats.FILLED_LINE, env=True),
            "The CA certificates that downloading steps trust: `auto` for the host's, `none` for "
            "none, or a path.", default="auto"),
        Key("plugins", ListOf(Text(formats.MODULE)),
            "Python modules with additional language plugins.", default=()),
        Key("builders", MapOf(formats.NAME, BUILDER, least=1), "The toolchains, by name.",
            required=True),
        Key("defaults", DEFAULTS, "Defaults for all services."),
        Key("stages", MapOf(formats.NAME, STAGE), "Custom stages, by name."),
        Key("discover", ListOf(DISCOVER), "Finds services by directory."),
        Key("services", MapOf(formats.NAME, SERVICE), "The services, by name."),
    ),
    any_of=("services", "discover"),
    example="version: 1\nworkspace: shop\nbuilders:\n  go: {image: debian:trixie-slim, "
    "packages: [golang-go]}\nservices:\n  gateway: {path: go/services/gateway}",
)  # fmt: skip
