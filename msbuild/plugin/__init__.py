"""The API of language plugins, and how plugins are found."""
