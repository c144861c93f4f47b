"""People in and out as files: what is read, what is taken from it, and what is written."""
