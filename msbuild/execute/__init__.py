"""Executors: they carry out a plan and make no decisions of their own."""
