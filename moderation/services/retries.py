"""Delays between the attempts of a delivery, for webhooks and mail."""

from datetime import timedelta

#: Delays after the first, second, … failed attempt; after the last one the message has failed.
DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)


TRIES = len(DELAYS) + 1


#: The longest wait that a receiver's Retry-After can ask for.
LONGEST_WAIT = timedelta(hours=24)
