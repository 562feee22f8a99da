"""What people and programs see of a run: events in, text out."""

from msbuild.report.console import Reporter, make_reporter

__all__ = ["Reporter", "make_reporter"]
