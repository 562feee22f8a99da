"""Runs the jobs of a plan in parallel. Their order is pure; only attempts use threads."""

from msbuild.schedule.scheduler import run

__all__ = ["run"]
