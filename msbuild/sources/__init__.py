"""The source tree: the files that git does not ignore, with links followed within the root."""
