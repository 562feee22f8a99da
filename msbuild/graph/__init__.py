"""The graph of stages: how it is built, ordered, divided into jobs and drawn."""
