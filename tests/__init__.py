"""The tests, one folder a kind; `support` holds the real servers they run against."""
