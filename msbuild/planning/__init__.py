"""Decides which jobs run and why: fingerprints, history, the plan. Never executes anything."""
