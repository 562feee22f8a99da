"""Runs the jobs of a plan in parallel. Costs and order are pure; only attempts use threads."""

from msbuild.schedule.scheduler import run

__all__ = ["run"]
