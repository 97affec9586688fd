"""Logs: an event name and key=value, with request, site and comment ids.

Bodies, tokens, e-mails and addresses are never logged; `FORBIDDEN` drops the keys that would
carry them, so that a mistake in a call does not become a leak.
"""

import logging
import sys
from collections.abc import Mapping
from typing import Any

import structlog

from .config import Settings, unknown_variables
from .domain import characters

FORBIDDEN = frozenset(
    {"text", "body", "html", "email", "address", "ip", "token", "password", "secret", "name"}
)


def _drop_forbidden(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    for key in FORBIDDEN & event.keys():
        event[key] = "[dropped]"
    return event


def _escape_controls(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Escape control characters, so that an entry is one line and harmless to a terminal."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = characters.escaped(value)
    return event


def configure_logging(settings: Settings) -> None:
    """Send structured lines to stderr; repeated calls change nothing."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _drop_forbidden,
            _escape_controls,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.log_level]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def log_unknown_settings(environ: Mapping[str, str]) -> None:
    """Log a warning for each `MODERATION_*` variable that no setting reads.

    Only a warning, since platforms set variables of their own.
    """
    log = structlog.get_logger(__name__)
    for variable, nearest in unknown_variables(environ).items():
        meant = {"did_you_mean": nearest} if nearest else {}
        log.warning("settings.unknown_variable", variable=variable, **meant)
