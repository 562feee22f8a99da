"""Reports a run to people and programs: events in, text out."""
