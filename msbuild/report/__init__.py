"""What people and programs see of a run: events in, text out."""

from msbuild.report.console import Reporter, make_reporter, with_ci
from msbuild.report.recording import with_times

__all__ = ["Reporter", "make_reporter", "with_ci", "with_times"]
