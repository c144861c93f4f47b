"""Real servers to test against: PostgreSQL, a scriptable SMTP relay, Postfix, Chromium."""
