"""Measures the quality of the order of jobs, and the overhead of the scheduler."""
