"""Fault injection: checks that no fault leads to a wrong result."""
