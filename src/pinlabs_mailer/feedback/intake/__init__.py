"""The ways in which mail comes back, a module each. All of them end in `feedback.taking`.

A way finds mails, hands them to a `Taker`, and only then does with them what its place has for
mails that were taken. What was not understood stays, or is put aside; it is never deleted.
"""
