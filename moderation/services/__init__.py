"""Use cases: what the service does, each in one transaction of its own."""
