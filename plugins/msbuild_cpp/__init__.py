"""The cpp plugin."""
