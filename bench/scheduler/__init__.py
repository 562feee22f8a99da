"""How good the order of jobs is, and what the scheduler itself costs."""
