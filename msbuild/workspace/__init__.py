"""From a config file to a loaded workspace: config, lock file, git revisions."""
