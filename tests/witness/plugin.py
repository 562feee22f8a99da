"""A plugin with the language of text, for configs."""

from __future__ import annotations

from msbuild.plugin_api import hookimpl
from tests.project import TextLanguage


@hookimpl
def msbuild_languages() -> list[TextLanguage]:
    return [TextLanguage()]
