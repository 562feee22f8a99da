"""Projects that are built beside this one: ``ExternalProject_Add`` and its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild_cpp.commands.processes import read_by
from msbuild_cpp.values import generated, is_known, without_conditions

if TYPE_CHECKING:
    from msbuild_cpp.frame import Frame
    from msbuild_cpp.lexer import Command

_PLACES = ("SOURCE_DIR", "WORKING_DIRECTORY")
_OUTPUTS = ("BUILD_BYPRODUCTS", "INSTALL_BYPRODUCTS", "BYPRODUCTS")


def _external(frame: Frame, command: Command) -> None:
    """A custom target that reads all that it is given; its sources are taken whole."""
    values = frame.values(command.arguments)
    if not values or not is_known(values[0]):
        return
    target = frame.target(values[0], "custom")
    if target is None:
        return
    reason = f"built by {frame.at(command)}"
    homes: list[str] = []
    keyword = ""
    for value in values[1:]:
        if value in (*_PLACES, *_OUTPUTS) or (value.isupper() and "_" in value):
            keyword = value
        elif keyword in _PLACES:
            homes += frame.paths(value, directories=True)
        elif keyword in _OUTPUTS:
            target.outputs.update(generated(value, frame.directory.path))
    read = read_by(frame, values[1:], homes, reason, builds=homes)
    for path, why in read.files.items():
        target.sources.setdefault(path, why)
    for path, why in read.taken.items():
        target.taken.setdefault(path, why)
    for value in values[1:]:
        target.links.update(dict.fromkeys(without_conditions(value)))


HANDLERS = {
    "externalproject_add": _external,
    "externalproject_add_step": _external,
    "externaldata_add_target": _external,
}
