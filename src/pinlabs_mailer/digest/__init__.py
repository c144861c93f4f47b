"""What to tell whom: which issue is due, what each reader gets, and the issue's record."""
