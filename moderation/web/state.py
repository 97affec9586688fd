"""The state of one application: its settings, its store, and the parts that outlive a request."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Flask

from moderation.config import Settings
from moderation.services.signing import Signing
from moderation.services.sites.sign_on_keys import KeySets
from moderation.services.webhooks.sns import Topics
from moderation.storage.engine import Store

if TYPE_CHECKING:
    from .burst_limit import Burst
    from .metrics import MetricsCache
    from .middleware.fast_submit import SubmitHandler
    from .middleware.request_limit import Gate
    from .middleware.response_cache import ResponseCache


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class AppState:
    """The parts of an application; `None` is a part that the settings switch off."""

    settings: Settings
    signing: Signing
    store: Store
    #: Public keys of the sites' sign-on.
    sign_on_keys: KeySets
    #: Requests to Amazon SNS, for reports of bounces.
    sns_topics: Topics
    #: Tests replace it.
    clock: Callable[[], datetime] = _now
    #: WSGI middleware, the outermost first.
    cache: "ResponseCache" = field(init=False)
    request_limit: "Gate | None" = None
    fast_submit: "SubmitHandler" = field(init=False)
    burst_limit: "Burst | None" = None
    metrics: "MetricsCache | None" = None
    #: Ends the embedded worker when it is set.
    worker: threading.Event | None = None


def app_state(app: Flask) -> AppState:
    """Return the state of an application; in a view, of `current_app`."""
    state: AppState = app.extensions["moderation"]
    return state
