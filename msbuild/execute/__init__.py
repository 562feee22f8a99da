"""Executors: they do what a plan says, and decide nothing."""
