"""Getting what the outbox holds to the relay, and writing down what became of it."""
