"""The nouns: what a workspace declares, and the stages that are made from it.

Everything here is a frozen value. Paths are POSIX strings relative to the source root, unless a
field says otherwise, so the same workspace has the same values on every machine.
"""

from msbuild.model.stages import (
    AddUser,
    CacheMount,
    Certificates,
    Copy,
    CopyArtifact,
    HostTool,
    ImageRef,
    Packages,
    Run,
    Stage,
    StageKind,
    StageRef,
    Step,
)
from msbuild.model.workspace import (
    NONROOT,
    SCRATCH,
    Asset,
    Builder,
    CustomStage,
    Dependency,
    Healthcheck,
    Location,
    Runtime,
    Service,
    User,
    Workspace,
)

__all__ = [
    "NONROOT",
    "SCRATCH",
    "AddUser",
    "Asset",
    "Builder",
    "CacheMount",
    "Certificates",
    "Copy",
    "CopyArtifact",
    "CustomStage",
    "Dependency",
    "Healthcheck",
    "HostTool",
    "ImageRef",
    "Location",
    "Packages",
    "Run",
    "Runtime",
    "Service",
    "Stage",
    "StageKind",
    "StageRef",
    "Step",
    "User",
    "Workspace",
]
