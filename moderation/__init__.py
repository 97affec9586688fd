"""A comment service with moderation built in."""

__version__ = "0.1.0"
