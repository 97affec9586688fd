"""Limits on wrong passwords and codes, for an account and for a browser it was used in.

Failures are counted for the login that was typed, across all networks. So that an
attacker cannot lock an account out, a browser with an earlier login has a signed
cookie and a count of its own: it can log in while others wait, and a stolen cookie allows no
more attempts than no cookie. (The scheme is OWASP's "device cookies".)

The limit of attempts for a network is in `limits`.
"""

import math
import secrets
import time

from flask import request
from limits import parse_many
from werkzeug.wrappers import Response

from moderation.domain.errors import TooManyAttempts

from .auth import runtime
from .origins import cookie_options, device_cookie
from .rate_limits import limiter

#: Failures for one login, or one browser. ASVS allows a hundred an hour.
FAILURES = "10 per 10 minutes; 30 per hour"
DEVICE_DAYS = 180
_ITEMS = parse_many(FAILURES)
_PURPOSE = "device"


def admit(who: str) -> None:
    """Raise TooManyAttempts after too many failures; `who` is the key that `counted` returns."""
    if not runtime().settings.ratelimit_enabled:
        return
    for item in _ITEMS:
        if not limiter.limiter.test(item, "login", who):
            reset_at = limiter.limiter.get_window_stats(item, "login", who).reset_time
            wait = max(1, math.ceil(reset_at - time.time()))
            raise TooManyAttempts(
                "Too many wrong passwords or codes for this account. Wait "
                f"{_minutes(wait)}, or log in from a browser that you have used before.",
                retry_after=wait,
            )


def failed(who: str) -> None:
    """Count a wrong password or code."""
    if runtime().settings.ratelimit_enabled:
        for item in _ITEMS:
            limiter.limiter.hit(item, "login", who)


def counted(login: str) -> str:
    """Return the key that an attempt is counted under: the login, or a known browser."""
    value = request.cookies.get(device_cookie(), "")
    if value:
        try:
            name, nonce = runtime().unsign(_PURPOSE, value).split("~")
        except ValueError:
            pass
        else:
            if name == runtime().login_key(login):
                return f"device {nonce}"
    return f"login {runtime().login_key(login)}"


def remember(response: Response, login: str) -> None:
    """Set the device cookie after a successful login."""
    value = f"{runtime().login_key(login)}~{secrets.token_urlsafe(12)}"
    response.set_cookie(
        device_cookie(),
        runtime().sign(_PURPOSE, value),
        max_age=DEVICE_DAYS * 86_400,
        **cookie_options(),  # type: ignore[arg-type]
    )


def _minutes(seconds: int) -> str:
    minutes = math.ceil(seconds / 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
