"""Signed events from the main site, and deliveries to it."""
