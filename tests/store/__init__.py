"""Tests of what is kept in the database; each runs on SQLite and on PostgreSQL."""
