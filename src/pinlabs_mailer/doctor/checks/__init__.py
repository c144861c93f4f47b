"""The checks, one module a family. Each is a function that yields what it has found."""
