"""The go plugin."""
