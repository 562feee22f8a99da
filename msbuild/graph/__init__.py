"""Stages put in order: the graph, how it is put together, how it is drawn."""
