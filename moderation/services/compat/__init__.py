"""Protocols of other services that this one answers, so that their clients need no change."""
