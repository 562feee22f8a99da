"""From `msbuild.yaml` to a `Workspace`, or to every problem of it at once."""
