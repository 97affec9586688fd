"""The network address of a client, behind trusted proxies."""

from flask import request

from moderation.domain.network import address_behind

from .auth import runtime


def client_address() -> str:
    """Return the peer's address, or the one that trusted proxies report for it."""
    forwarded = request.headers.getlist("X-Forwarded-For")
    return address_behind(request.remote_addr or "", forwarded, runtime().settings.trusted_proxies)
