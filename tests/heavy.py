"""What takes long to import, so that nothing that must be quick imports it."""

from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
HEAVY = {"networkx", "docker", "rich", "yaml", "pluggy", "asyncio", "sqlite3", "dataclasses"}
