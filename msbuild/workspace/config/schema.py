"""What a config may hold: the one description behind reading, JSON Schema and the reference."""

from __future__ import annotations

from msbuild.model import Healthcheck, Runtime
from msbuild.workspace.config import formats
from msbuild.workspace.config.kinds import (
    Flag,
    Key,
    ListOf,
    MapOf,
    OneOf,
    PluginOptions,
    Record,
    Text,
    Whole,
)

VERSION = 1
_RUNTIME = Runtime()
_CHECK = Healthcheck(())
# A value for people and programs that read text: what looks like a number stays as written.
_VALUE = Text(formats.LINE, unquoted=("number", "boolean"))
_VALUE_WITH_ENV = Text(formats.LINE, unquoted=("number", "boolean"), env=True)
_COMMAND = ListOf(Text(formats.SCRIPT, for_shell=True), least=1, command=True)
_ENV = MapOf(formats.VARIABLE, _VALUE_WITH_ENV)
_BUILDER_ENV = MapOf(formats.BUILDER_VARIABLE, _VALUE_WITH_ENV)
_PACKAGES = ListOf(Text(formats.PACKAGE))
_PATH = Text(formats.PATH)
_INPUTS = ListOf(Text(formats.INPUT))
_BUILDER_NAME = Text(formats.NAME)
_THE_BUILDER = "`defaults.builder`, or the only builder there is"

USER = Record(
    "User",
    "A user with a name. It gets an entry in the passwd file of the image.",
    (
        Key("name", Text(formats.USER_NAME), "The name.", required=True),
        Key("uid", Whole(1, formats.LARGEST_ID, formats.UNPRIVILEGED), "The user id.",
            absent="10001, `nobody` is 65534"),
        Key("gid", Whole(0, formats.LARGEST_ID), "The group id.", absent="the user id"),
    ),
    example="user: {name: shop, uid: 10001, gid: 10001}",
)  # fmt: skip

HEALTHCHECK = Record(
    "Health check",
    "How the engine finds out whether a container is well.",
    (
        Key("command", _COMMAND, "What to run inside of the container.", required=True),
        Key("interval", Text(formats.DURATION), "Time between checks.", absent="30s"),
        Key("timeout", Text(formats.DURATION), "The longest that a check may take.", absent="30s"),
        Key("start_period", Text(formats.DURATION), "Time in which failures do not count.",
            absent="0s"),
        Key("retries", Whole(1, 1000), "Failures in a row that make a container unhealthy.",
            default=_CHECK.retries),
    ),
    example="healthcheck: {command: [./gateway, -health], interval: 10s}",
)  # fmt: skip

RUNTIME = Record(
    "Runtime",
    "What the image of a service holds besides its artifact, and how it is started.",
    (
        Key("base", Text(formats.IMAGE), "The image it stands on; `scratch` is an empty one.",
            default=_RUNTIME.base),
        Key("user", OneOf(Text(formats.USER, unquoted=("number",)), USER),
            "Who runs it: a user id, `uid:gid`, a name, or all three. Never root.",
            absent=f"`{_RUNTIME.user}`"),
        Key("workdir", Text(formats.ABSOLUTE), "Where the artifact is put and started.",
            default=_RUNTIME.workdir),
        Key("env", _ENV, "Environment variables of the container."),
        Key("ports", ListOf(Text(formats.PORT, unquoted=("number",))), "Ports it listens on."),
        Key("entrypoint", _COMMAND, "What is started, word by word.", absent="the artifact"),
        Key("command", ListOf(_COMMAND.item, command=True), "Arguments that `docker run` replaces.",
            default=()),
        Key("labels", MapOf(formats.LABEL, _VALUE), "Labels of the image."),
        Key("healthcheck", HEALTHCHECK, "How to find out whether the container is well."),
        Key("packages", _PACKAGES, "Distribution packages on top of `base`.", default=()),
        Key("certificates", Flag(), "Copy the CA certificates of the builder's toolchain.",
            default=_RUNTIME.certificates),
    ),
    example="runtime:\n  base: debian:trixie-slim\n  user: shop\n  ports: [8080, 9090/udp]",
)  # fmt: skip

ASSET = Record(
    "Asset",
    "A file or directory of the service that ships beside the artifact.",
    (
        Key("from", _PATH, "The path, below the service's `path`.", required=True),
        Key("to", Text(formats.DESTINATION), "Where it goes: absolute, or below `workdir`.",
            absent="the same path below `workdir`"),
    ),
    example="assets:\n  - templates\n  - {from: config, to: /etc/shop}",
)  # fmt: skip

DEPENDENCY = Record(
    "Dependency",
    "What another stage or service makes, for the build of this one.",
    (
        Key("stage", Text(formats.NAME), "A stage under `stages:`."),
        Key("service", Text(formats.NAME), "Another service; its build, not its image."),
        Key("from", _PATH, "What to take, below that stage's `$OUT`.", default="."),
        Key("to", _PATH, "Where it goes, below the source root in this build.", default="."),
    ),
    one_of=("stage", "service"),
    example="depends_on:\n  - {stage: codegen, from: gen, to: go/gen}",
)

_CORES = Whole(1, 1024)

_BUILDER_OF_SERVICE = Key("builder", _BUILDER_NAME, "Builds it.", absent=_THE_BUILDER)
_SHARED_BY_SERVICES = (
    Key("options", PluginOptions(), "Options of the language plugin for this service."),
    Key("assets", ListOf(OneOf(_PATH, ASSET)), "Files and directories that ship, too."),
    Key(
        "inputs",
        _INPUTS,
        "Files, directories and globs below the source root that its build reads besides those "
        "that the language finds.",
        default=(),
    ),
    Key("runtime", RUNTIME, "The image of the service, and how it is started."),
    Key("depends_on", ListOf(DEPENDENCY), "What must be built before, and is used."),
    Key(
        "cores",
        _CORES,
        "How many of the `--jobs` its build counts for.",
        absent="what the builder says",
    ),
)

SERVICE = Record(
    "Service",
    "One deployable unit, under its name. A service that `discover:` found takes what is said "
    "here on top: mappings merge key by key, lists and values win.",
    (
        _BUILDER_OF_SERVICE,
        Key("path", _PATH, "Its directory, below the source root.",
            absent="the directory that `discover:` found"),
        *_SHARED_BY_SERVICES,
    ),
    example="services:\n  gateway:\n    path: go/services/gateway\n    runtime: {ports: [8080]}",
)  # fmt: skip

DISCOVER = Record(
    "Discover",
    "Makes a service of every directory that a glob matches, named by the last part of its path. "
    "Hidden and ignored directories and symbolic links are left out.",
    (
        Key("glob", Text(formats.GLOB), "Which directories: `*`, `?`, `[ab]`; `**` for any depth.",
            required=True),
        Key("exclude", ListOf(Text(formats.GLOB), single=True), "Which not, with all below them."),
        _BUILDER_OF_SERVICE,
        *_SHARED_BY_SERVICES,
    ),
    example="discover:\n  - glob: go/services/*\n    builder: go\n    assets: [templates]",
)  # fmt: skip

STAGE = Record(
    "Stage",
    "A stage that the config spells out itself, a code generator for example.",
    (
        Key("builder", _BUILDER_NAME, "The builder whose toolchain it runs on.",
            absent=_THE_BUILDER),
        Key("inputs", _INPUTS,
            "Files, directories and globs that it may read, below the source root.", default=()),
        Key("run", ListOf(Text(formats.FILLED_SCRIPT, for_shell=True), single=True, least=1),
            "Shell scripts in their order; what they leave in `$OUT` is the result.",
            required=True),
        Key("network", Flag(), "Whether the scripts may reach the network.", default=False),
        Key("cores", _CORES, "How many of the `--jobs` it counts for.",
            absent="what the builder says"),
    ),
    example="stages:\n  codegen:\n    builder: go\n    inputs: [go/schema]\n"
    '    run: go run ./go/schema -out "$OUT"',
)  # fmt: skip

BUILDER = Record(
    "Builder",
    "A toolchain that services share, under its name.",
    (
        Key("plugin", Text(formats.PLUGIN), "The language.", absent="the name of the builder"),
        Key("image", Text(formats.BUILDER_IMAGE), "The image the toolchain stands on.",
            required=True),
        Key("packages", _PACKAGES, "Distribution packages on top of it.", default=()),
        Key("env", _BUILDER_ENV, "Environment variables of every step."),
        Key("inputs", _INPUTS, "Inputs of every service of the builder, as under `services:`.",
            default=()),
        Key("options", PluginOptions(), "Options of the language plugin."),
        Key("cores", _CORES,
            "How many of the `--jobs` a build with it counts for, and one of its third-party code.",
            absent="1"),
    ),
    example="builders:\n  go:\n    image: debian:trixie-slim\n    packages: [golang-go]\n"
    '    env: {GOPROXY: "${GOPROXY:-https://go.example.com}"}',
)  # fmt: skip

DEFAULTS = Record(
    "Defaults",
    "What holds for every service that does not say otherwise.",
    (
        Key("builder", _BUILDER_NAME, "Builds what names no builder."),
        Key("runtime", RUNTIME, "Goes under the `runtime` of every service, key by key."),
    ),
    example="defaults:\n  runtime: {user: 65532}",
)

CONFIG = Record(
    "Config",
    "One `msbuild.yaml` declares a workspace.",
    (
        Key("version", Whole(VERSION, VERSION), "The version of this format.", required=True),
        Key("workspace", Text(formats.COMPONENT), "Its name, a part of every image's name.",
            required=True),
        Key("registry", Text(formats.REGISTRY, env=True), "Goes before the names of the images."),
        Key("source_root", _PATH, "The directory that source paths start at, below the config.",
            default="."),
        Key("ca_bundle", Text(formats.FILLED_LINE, env=True),
            "Certificates that downloading steps trust: `auto` takes the host's, `none` none, "
            "anything else is a path.", default="auto"),
        Key("plugins", ListOf(Text(formats.MODULE)), "Python modules with more languages.",
            default=()),
        Key("builders", MapOf(formats.NAME, BUILDER, least=1), "The toolchains, by name.",
            required=True),
        Key("defaults", DEFAULTS, "What holds for every service."),
        Key("stages", MapOf(formats.NAME, STAGE), "Stages of your own, by name."),
        Key("discover", ListOf(DISCOVER), "Finds services by their directories."),
        Key("services", MapOf(formats.NAME, SERVICE), "The services, by name."),
    ),
    any_of=("services", "discover"),
    example="version: 1\nworkspace: shop\nbuilders:\n  go: {image: debian:trixie-slim, "
    "packages: [golang-go]}\nservices:\n  gateway: {path: go/services/gateway}",
)  # fmt: skip
