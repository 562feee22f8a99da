"""Modules that are slow to import, which nothing that must be fast may import."""

from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
HEAVY = {"networkx", "docker", "rich", "yaml", "pluggy", "asyncio", "sqlite3", "dataclasses"}
