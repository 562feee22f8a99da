"""The former name of ``msbuild.plugin.api``, for plugins that were written before it moved."""

from msbuild.plugin.api import *  # noqa: F403
from msbuild.plugin.api import __all__ as __all__  # noqa: PLC0414
