"""The first step of each process: settings, logging and the permissions of the store's files."""

import os

from .config import Settings
from .logging import configure_logging, log_unknown_settings
from .storage.file_permissions import keep_private


def load_settings() -> Settings:
    """Return the settings of the environment, with logging configured by them.

    Raises SettingsError for a setting that is missing or wrong.
    """
    settings = Settings.from_env(os.environ)
    configure_logging(settings)
    log_unknown_settings(os.environ)
    keep_private(settings)
    return settings
