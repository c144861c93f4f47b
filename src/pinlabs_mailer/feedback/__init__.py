"""What comes back from the mail's side, and what follows from it."""
