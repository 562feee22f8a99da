"""How good the order of the jobs is, and what the scheduler itself costs."""
