"""A newsletter and talent-community mailer."""
