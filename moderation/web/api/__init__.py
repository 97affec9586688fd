"""JSON endpoints, one blueprint per subject."""
