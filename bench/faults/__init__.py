"""What breaks: campaigns of faults, and whether any of them gives a wrong result."""
