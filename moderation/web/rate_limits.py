"""Rate limits per client network and per login name, counted in memory or in Redis."""

import math
import time

from flask import Flask, current_app, request
from flask_limiter import Limiter

from moderation.domain.errors import PostBusy
from moderation.domain.members import looks_signed_on
from moderation.domain.network import client_network

from .auth import View, bearer_token, runtime
from .burst_limit import Burst
from .client_address import client_address
from .rate_limit_storage import fallbacks
from .state import app_state

__all__ = [
    "edit_limit",
    "fallbacks",
    "limit_votes",
    "limiter",
    "login_limit",
    "register",
    "report_limit",
    "require_room",
    "seconds_to_wait",
    "seconds_until",
    "submit_limit",
]


def _network_key() -> str:
    # Hashed, since the counters live in a store of their own.
    return runtime().address_key(client_network(client_address()))


limiter = Limiter(key_func=_network_key, strategy="moving-window")


def register(app: Flask) -> None:
    """Configure the rate limits and their storage."""
    settings = app_state(app).settings
    app.config.update(
        RATELIMIT_ENABLED=settings.ratelimit_enabled,
        # For `memory://`, the storage that `limits` itself has never evicts a key.
        RATELIMIT_STORAGE_URI="bounded://",
        RATELIMIT_KEY_PREFIX="moderation",
    )
    if not settings.ratelimit_storage_url.startswith("memory:"):
        # A Redis that is down must not stop comments: each process then counts locally.
        app.config.update(
            RATELIMIT_STORAGE_URI="common://",
            RATELIMIT_STORAGE_OPTIONS={"address": settings.ratelimit_storage_url},
        )
    limiter.init_app(app)
    if settings.ratelimit_enabled:
        app_state(app).burst_limit = Burst(settings.post_burst)


def submit_limit() -> str:
    """Return the configured limit of submissions."""
    return str(runtime().settings.ratelimit_submit)


def edit_limit() -> str:
    """Return the configured limit of edits."""
    return str(runtime().settings.ratelimit_edit)


def report_limit() -> str:
    """Return the configured limit of reports."""
    return str(runtime().settings.ratelimit_report)


def vote_limit() -> str:
    """Return the configured limit of votes."""
    return str(runtime().settings.ratelimit_vote)


def _vote_comment_limit() -> str:
    return str(runtime().settings.ratelimit_vote_comment)


def _comment_key() -> str:
    comment_id = (request.view_args or {}).get("comment_id")
    return f"{_network_key()}:{comment_id}"


def limit_votes(view: View) -> View:
    """Limit a client network's votes, and those on one comment.

    A guest's browser token costs nothing to make, so the address bounds what one client can
    add to a comment. For signed-in readers there is one vote in any case.
    """
    on_one = limiter.limit(
        _vote_comment_limit,
        key_func=_comment_key,
        exempt_when=lambda: looks_signed_on(bearer_token()),
    )
    return limiter.limit(vote_limit)(on_one(view))  # type: ignore[return-value]


def login_limit() -> str:
    """Return the configured limit of logins."""
    return str(runtime().settings.ratelimit_login)


def require_room(site: str, post: str) -> None:
    """Count a comment on a post; raise PostBusy when there were too many in this second."""
    burst = app_state(current_app).burst_limit
    if burst is not None and not burst.admits((site, post), client_network(client_address())):
        raise PostBusy


def seconds_to_wait() -> int:
    """Return the whole seconds until the exceeded limit resets; at least 1."""
    hit = limiter.current_limit
    if hit is None:
        return 1
    return seconds_until(hit.reset_at)


def seconds_until(moment: float) -> int:
    """Return the whole seconds until a moment of the system clock; at least 1."""
    return max(1, math.ceil(moment - time.time()))
