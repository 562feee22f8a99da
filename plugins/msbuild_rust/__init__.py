"""The rust plugin."""
