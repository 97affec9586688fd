"""Attacks on the real server process."""
