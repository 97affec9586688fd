"""A comment service with moderation built in.

Importing the package costs nothing: what builds the application is imported when asked,
so that `moderation classify` and the filters start without a web framework.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from .config import Settings

__version__ = "0.1.0"


def create_app(settings: "Settings | None" = None) -> "Flask":
    """Build the application; without settings it reads them from the environment."""
    import os
    from pathlib import Path

    from flask import Flask
    from flask_migrate import Migrate

    from . import filters, web
    from .config import Settings
    from .logs import configure_logging, log_unknown_settings
    from .services.runtime import Runtime
    from .storage import db
    from .storage.dialects import engine_options, prepare
    from .storage.files import keep_private

    if settings is None:
        settings = Settings.from_env(os.environ)
        configure_logging(settings)
        log_unknown_settings(os.environ)
    configure_logging(settings)
    keep_private(settings)
    # The first comment must not pay for loading lists and models.
    filters.load()
    app = Flask("moderation", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings),
        MAX_CONTENT_LENGTH=64 * 1024,
    )
    app.extensions["moderation"] = Runtime(settings)
    db.init_app(app)
    Migrate(app, db, directory=str(Path(__file__).parent / "storage" / "migrations"))
    with app.app_context():
        prepare(db.engine, settings)
    web.register(app)
    return app
