"""State on disk: its directory, atomic and checksummed files, file stats."""
