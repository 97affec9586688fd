"""The review desk: queues, claims, decisions."""
