"""People and what they agreed to."""
