"""Rate limits per client network and per login name, counted in memory or in Redis."""

import math
import time

from flask import Flask, current_app
from flask_limiter import Limiter

from moderation.domain.errors import PostBusy
from moderation.domain.network import client_network

from .burst import Burst
from .guards import client_address, runtime
from .limit_store import fallbacks

__all__ = [
    "edit_limit",
    "fallbacks",
    "limiter",
    "login_limit",
    "register",
    "require_room",
    "seconds_to_wait",
    "submit_limit",
]


def _network_key() -> str:
    # Hashed, since the counters live in a store of their own.
    return runtime().address_key(client_network(client_address()))


limiter = Limiter(key_func=_network_key, strategy="moving-window")


def register(app: Flask) -> None:
    settings = app.extensions["moderation"].settings
    app.config.update(
        RATELIMIT_ENABLED=settings.ratelimit_enabled,
        # `memory://` is the setting; the storage that `limits` has under it never forgets a key.
        RATELIMIT_STORAGE_URI="bounded://",
        RATELIMIT_KEY_PREFIX="moderation",
    )
    if not settings.ratelimit_storage_url.startswith("memory:"):
        # A dead Redis must not stop comments: each process then counts for itself.
        app.config.update(
            RATELIMIT_STORAGE_URI="common://",
            RATELIMIT_STORAGE_OPTIONS={"address": settings.ratelimit_storage_url},
        )
    limiter.init_app(app)
    if settings.ratelimit_enabled:
        app.extensions["burst"] = Burst(settings.post_burst)


def submit_limit() -> str:
    return str(runtime().settings.ratelimit_submit)


def edit_limit() -> str:
    return str(runtime().settings.ratelimit_edit)


def login_limit() -> str:
    return str(runtime().settings.ratelimit_login)


def require_room(site: str, post: str) -> None:
    """Count a comment on a post; raise PostBusy when too many came within this second."""
    burst: Burst | None = current_app.extensions.get("burst")
    if burst is not None and not burst.admits((site, post), client_network(client_address())):
        raise PostBusy


def seconds_to_wait() -> int:
    """Whole seconds until the limit that was hit gives way; at least 1."""
    hit = limiter.current_limit
    if hit is None:
        return 1
    return max(1, math.ceil(hit.reset_at - time.time()))
