"""SPF (RFC 7208): reading a record, and walking it as a receiver does."""
