"""Tables, engine, schema upgrade. No business rule lives here."""
