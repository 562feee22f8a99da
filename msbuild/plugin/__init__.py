"""What language plugins are made with, and how they are found."""
