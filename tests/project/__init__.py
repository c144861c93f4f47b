"""Tests of the project itself: its locks, its tree, its packages."""
