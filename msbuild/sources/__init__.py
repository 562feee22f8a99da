"""The source tree: the files that git does not ignore, links followed within the root."""
