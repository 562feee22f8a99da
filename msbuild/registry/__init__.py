"""A client for what msbuild asks of OCI registries: is an image there, and call it something else.

client    the two questions, over the distribution API
auth      who we are: the user's Docker config and its credential helpers
names     which host and repository a reference means
"""

from msbuild.registry.client import Registry

__all__ = ["Registry"]
