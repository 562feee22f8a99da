"""The options of the language, and the resulting settings, project and program."""

from __future__ import annotations

import dataclasses
import json
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import ConfigError, Option, artifact_name, paths
from msbuild_cpp.reader import read_project
from msbuild_cpp.syntax import CMAKELISTS, parse
from msbuild_cpp.values import is_known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from msbuild.plugin.api import Builder, Service, Sources
    from msbuild_cpp.project import Project, Target

BUILDER_OPTIONS = (
    Option("project", str, "", "The directory of the top `CMakeLists.txt`; detected if empty."),
    Option(
        "build_type",
        str,
        "",
        "The CMake build type; if empty, the project's setting, or `Release`.",
    ),
    Option("static", bool, True, "Link programs statically, so that they run in any image."),
    Option("strip", bool, True, "Strip symbols from `Release` and `MinSizeRel` programs."),
    Option("cmake_args", list[str], (), "Additional CMake arguments for configuring."),
)
SERVICE_OPTIONS = (
    Option(
        "target",
        str,
        "",
        "The CMake target; if empty, the target named like the service, or the only target.",
    ),
    Option("binary", str, "", "The file name of the program; if empty, the name of the service."),
    Option("cmake_args", list[str], (), "Additional CMake arguments, after those of the builder."),
    Option("inputs", list[str], (), "Additional files or directories that the build reads."),
)

_DEFINE = re.compile(r"-D\s*([^:=\s]+)(?::\w+)?=(.*)", re.DOTALL)
_STRIPPED = ("Release", "MinSizeRel")
# Variables that CMake sets when it builds for Linux. Those of other systems are unset: false.
_LINUX = {"UNIX": "1", "LINUX": "1", "CMAKE_SYSTEM_NAME": "Linux", "CMAKE_HOST_UNIX": "1"}
_NOT_LINUX = ("WIN32", "APPLE", "MSVC", "MINGW", "CYGWIN", "ANDROID", "IOS", "CMAKE_CROSSCOMPILING")
_OTHER_SYSTEM = ("CMAKE_TOOLCHAIN_FILE", "CMAKE_SYSTEM_NAME")
_PRESETS = ("CMakePresets.json", "CMakeUserPresets.json")
_BUILD_TYPE = "CMAKE_BUILD_TYPE"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a program is configured and built.

    Attributes:
        binary: the file name of the artifact.
        static: whether it is linked statically.
        symbols: whether it keeps its symbols with any build type.
        arguments: additional arguments for CMake.
        chosen: whether an option sets the build type.
        own_types: the build types that the project sets, if no option does.
    """

    binary: str
    build_type: str
    static: bool
    symbols: bool
    arguments: tuple[str, ...]
    chosen: bool = True
    own_types: tuple[str, ...] = ()

    @property
    def strip(self) -> bool:
        """Whether symbols are stripped."""
        types = self.own_types or (self.build_type,)
        return not self.symbols and all(build_type in _STRIPPED for build_type in types)

    @property
    def given(self) -> tuple[tuple[str, str], ...]:
        """The variables that ``arguments`` set."""
        return tuple(self._given().items())

    @property
    def definitions(self) -> tuple[tuple[str, str], ...]:
        """The variables that the command line sets."""
        defines = {"CMAKE_BUILD_TYPE": self.build_type} if self.build_type else {}
        defines["BUILD_TESTING"] = "OFF"
        if self.static:
            defines["BUILD_SHARED_LIBS"] = "OFF"
        return tuple((defines | self._given()).items())

    @property
    def variables(self) -> tuple[tuple[str, str], ...]:
        """The variables that are known before CMake runs its first command."""
        defines = dict(self.definitions)
        if any(name in defines for name in _OTHER_SYSTEM):
            return tuple(defines.items())
        return tuple((_LINUX | dict.fromkeys(_NOT_LINUX, "") | defines).items())

    def scripts(self, project: str, sources: Sources) -> tuple[str, ...]:
        """The files that the arguments have CMake read first: toolchain files, initial caches."""
        scripts: dict[str, None] = {}
        for argument in self.arguments:
            value = re.sub(r"-C\s*", "", argument.rsplit("=", 1)[-1])
            for home in ("", project):
                path = posixpath.normpath(posixpath.join(home, value))
                if path.endswith(".cmake") and not paths.is_outside(path):
                    scripts.update({path: None} if sources.exists(path) else {})
        return tuple(scripts)

    def _given(self) -> dict[str, str]:
        words = iter(self.arguments)
        joined = (f"-D{next(words, '')}" if word == "-D" else word for word in words)
        return {match[1]: match[2] for word in joined if (match := _DEFINE.fullmatch(word))}


def settings_of(service: Service, builder: Builder) -> Settings:
    """The settings that result from the options of a service.

    Raises:
        ConfigError: an option has an invalid value.
    """
    options, shared = service.options, builder.options
    for owner, given in ((builder, shared["cmake_args"]), (service, options["cmake_args"])):
        _refuse_presets(owner, given)
    return Settings(
        binary=artifact_name(service, options["binary"] or service.name),
        build_type=shared["build_type"] or "Release",
        static=shared["static"],
        symbols=not shared["strip"],
        chosen=bool(shared["build_type"]),
        arguments=(*shared["cmake_args"], *options["cmake_args"]),
    )


def _refuse_presets(owner: Builder | Service, arguments: Sequence[str]) -> None:
    if any(argument.startswith("--preset") for argument in arguments):
        raise ConfigError(
            f"`{owner.name}` selects a preset in `cmake_args`",
            hint="pass the variables of the preset as `-DNAME=VALUE`: they decide what is compiled",
            at=owner.at,
        )


def with_own_build_type(settings: Settings, root: str, sources: Sources) -> Settings:
    """The settings for a project: without an option, the project itself sets the build type.

    Args:
        settings: the settings that result from the options.
        root: the directory of the top-level ``CMakeLists.txt``.
        sources: the source tree.
    """
    if settings.chosen or _BUILD_TYPE in dict(settings.given):
        return settings
    lists = (posixpath.join(root, CMAKELISTS), *settings.scripts(root, sources))
    types = [
        build_type
        for path in lists
        if sources.exists(path)
        for build_type in sources.scan(path, own_types)
    ]
    if not types:
        return settings
    # no build type is passed to CMake: the project sets one, conditionally or not
    return dataclasses.replace(settings, build_type="", own_types=tuple(types))


def own_types(text: str) -> tuple[str, ...]:
    """The build types that a file of commands may set by default."""
    if _BUILD_TYPE not in text:
        return ()
    return tuple(
        command.arguments[1].text
        for command in parse(text)
        if command.name == "set"
        and command.arguments[1:]
        and command.arguments[0].text == _BUILD_TYPE
    )


def unused_presets(root: str, arguments: Sequence[str], sources: Sources) -> Iterator[str]:
    """Warnings about presets that are ignored, unless arguments are given instead."""
    for name in _PRESETS:
        path = posixpath.join(root, name)
        if not arguments and sources.exists(path):
            names = sources.scan(path, presets)
            if names:
                yield (
                    f"`{path}` has presets ({', '.join(names[:5])}), which msbuild ignores:"
                    " pass the variables of one as `-DNAME=VALUE` in `cmake_args`"
                )


def presets(text: str) -> tuple[str, ...]:
    """The names of the configure presets."""
    try:
        configure_presets = json.loads(text)["configurePresets"]
        return tuple(preset["name"] for preset in configure_presets if not preset.get("hidden"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()


def project_of(service: Service, builder: Builder, settings: Settings, sources: Sources) -> Project:
    """The outermost project that adds the directory of a service.

    Raises:
        ConfigError: there is no such project.
    """
    home = paths.normalize(service.path)
    if chosen := builder.options["project"]:
        root = paths.normalize(chosen)
        if not sources.exists(posixpath.join(root, CMAKELISTS)):
            raise ConfigError(
                f"`{posixpath.join(root, CMAKELISTS)}` does not exist",
                hint=f"correct the option `project` of builder `{builder.name}`",
                at=builder.at,
            )
        return _read_project(root, settings, sources)
    for root in _possible_roots(home, sources):
        project = _read_project(root, settings, sources)
        if _builds(home, project):
            return project
    raise ConfigError(
        f"no `{CMAKELISTS}` with `project()` builds `{service.path}`",
        hint=f"add one there or in a parent, or set option `project` of builder `{builder.name}`",
        at=service.at,
    )


def program_of(service: Service, project: Project) -> Target:
    """The program that a service ships.

    Raises:
        ConfigError: there is no such target, or more than one.
    """
    programs = [target for target in project.targets.values() if target.kind == "executable"]
    home = paths.normalize(service.path)
    if chosen := service.options["target"]:
        for target in project.candidates(chosen):
            if target.kind == "executable":
                is_defined = project.target(chosen) is not None
                return target if is_defined else dataclasses.replace(target, name=chosen)
        raise _no_program(
            service, f"`{_root_list(project)}` defines no program `{chosen}`", programs
        )
    below = [target for target in programs if paths.is_below(target.home, home)]
    at_home = [target for target in below if target.home == home]
    candidates = (
        [target for target in below if target.name == service.name]
        or [target for target in programs if target.name == service.name]
        or (at_home if len(at_home) == 1 else below)
    )
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise _no_program(service, f"`{service.path}` defines more than one program", candidates)
    raise _no_program(service, f"`{service.path}` defines no program", programs)


def _no_program(service: Service, message: str, programs: Iterable[Target]) -> ConfigError:
    names = ", ".join(sorted(program.name for program in programs if is_known(program.name)))
    hint = (
        f"set the option `target` of service `{service.name}` to one of: {names}"
        if names
        else "add one with `add_executable`"
    )
    return ConfigError(message, hint=hint, at=service.at)


def _read_project(root: str, settings: Settings, sources: Sources) -> Project:
    settings = with_own_build_type(settings, root, sources)
    return read_project(root, settings.variables, settings.scripts(root, sources), sources)


def _possible_roots(home: str, sources: Sources) -> list[str]:
    """``home`` and those of its parents that may be the top of a project, outermost first."""
    directories = reversed([*paths.ancestors(home)])
    return [directory for directory in directories if _has_root_list(directory, sources)]


def _has_root_list(directory: str, sources: Sources) -> bool:
    path = posixpath.join(directory, CMAKELISTS)
    text = sources.read(path) if sources.exists(path) else ""
    return bool(re.search(r"project", text, re.IGNORECASE)) and any(
        command.name == "project" for command in parse(text)
    )


def _builds(home: str, project: Project) -> bool:
    """Whether a project adds a directory, a parent or child of it, or compiles sources in it."""
    added = {*project.directories} - {project.root}
    return (
        home == project.root
        or any(paths.is_below(path, home) or paths.is_below(home, path) for path in added)
        or any(
            paths.is_below(path, home)
            for target in project.targets.values()
            for path in target.sources
        )
    )


def _root_list(project: Project) -> str:
    return posixpath.join(project.root, CMAKELISTS)
