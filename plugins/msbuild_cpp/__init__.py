"""The C++ language: services that CMake builds."""

from __future__ import annotations

from msbuild.plugin.api import Language, hookimpl
from msbuild_cpp.language import Cpp

__all__ = ["Cpp", "msbuild_languages"]


@hookimpl
def msbuild_languages() -> list[Language]:
    """Register C++."""
    return [Cpp()]
