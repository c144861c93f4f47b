"""What a sender must survive: real processes, a real SMTP server, both databases. `make faults`."""
