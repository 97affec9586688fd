"""Flask-SQLAlchemy on the store's engine: `db.session` is the session of a request."""

from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine

from moderation.storage import Base
from moderation.storage.engine import SESSION_OPTIONS

from .state import app_state


class _Database(SQLAlchemy):
    """The extension, with the engine of the application's store instead of its own."""

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        return app_state(app).store.engine


db = _Database(model_class=Base, disable_autonaming=True, session_options={**SESSION_OPTIONS})
