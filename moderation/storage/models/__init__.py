"""The tables: one file per subject, with its indexes."""
