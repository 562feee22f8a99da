"""Stages as Dockerfile text: what BuildKit is given, and what people are shown."""

from msbuild.dockerfile.layout import CA_IN_CONTEXT, EXECUTED, EXPORTED, Layout, context_paths
from msbuild.dockerfile.render import base_image, render

__all__ = [
    "CA_IN_CONTEXT",
    "EXECUTED",
    "EXPORTED",
    "Layout",
    "base_image",
    "context_paths",
    "render",
]
