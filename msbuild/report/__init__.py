"""What people and programs see of a run: events in, text out."""
