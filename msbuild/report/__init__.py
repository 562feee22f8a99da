"""What people and programs see of a run: events in, text out."""

from msbuild.report.console import Reporter, make_reporter, with_ci

__all__ = ["Reporter", "make_reporter", "with_ci"]
