"""Which services a change of the sources affects, by comparing fingerprints."""

from msbuild.affected.compare import Affected, Why, affected, all_unknown, named_inputs, tied

__all__ = ["Affected", "Why", "affected", "all_unknown", "named_inputs", "tied"]
