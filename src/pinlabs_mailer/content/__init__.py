"""What there is to tell: posts, and the sources they come from. Nobody is mailed from here."""
