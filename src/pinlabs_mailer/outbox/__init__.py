"""The ledger of what is to be mailed and what became of it."""
