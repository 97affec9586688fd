"""The worker on the store of an application."""

from typing import Any

from flask import Flask

from moderation import worker
from moderation.web.state import app_state


def turn(app: Flask, holder: str, **options: Any) -> int:
    """Do what is due once, as `worker.turn` does."""
    state = app_state(app)
    return worker.turn(state.store, state.signing, holder, **options)
