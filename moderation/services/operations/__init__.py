"""Backup, integrity, clean-up and metrics of a running service."""
