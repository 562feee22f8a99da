"""Runs the jobs of a plan side by side; order and costs are pure, attempts have the threads."""

from msbuild.schedule.scheduler import run

__all__ = ["run"]
