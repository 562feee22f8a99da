"""What msbuild keeps on disk: its directories, atomic and checksummed files, file stats."""
