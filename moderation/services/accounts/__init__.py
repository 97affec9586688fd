"""Moderators: authentication, sessions, tokens and their preferences."""
