"""Use cases. A service owns its transaction; services form no cycle."""
