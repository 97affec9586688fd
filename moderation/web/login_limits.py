"""Limits on wrong passwords and codes, for an account and for a browser it was used in.

Failures are counted by the login that was typed, from whatever network they come. So that an
attacker cannot lock an account out, a browser in which it was logged in before has a signed
cookie and a count of its own: it gets in while strangers wait, and a stolen cookie guesses no
more than a stranger. (The scheme is OWASP's "device cookies".)

The limit of attempts for a network is in `limits`.
"""

import math
import secrets
import time

from flask import request
from limits import parse_many
from werkzeug.wrappers import Response

from moderation.domain.errors import TooManyAttempts

from .guards import runtime
from .limits import limiter
from .origins import cookie_options, device_cookie

#: Failures for one login, or one browser. ASVS allows a hundred an hour.
FAILURES = "10 per 10 minutes; 30 per hour"
DEVICE_DAYS = 180
_ITEMS = parse_many(FAILURES)
_PURPOSE = "device"


def admit(who: str) -> None:
    """Raise TooManyAttempts when there were too many failures; `who` as `counted` returns it."""
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
    """Return under which key an attempt at a login counts: the login, or a known browser."""
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
    """Let this browser be known for a login that succeeded in it."""
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
