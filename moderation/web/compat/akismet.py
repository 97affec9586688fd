"""Akismet's REST API 1.1 and 1.2, for clients that change one address.

Answers of 1.1 are exact to the byte: clients compare them as they are. An answer that is
neither `true` nor `false` makes WordPress hold the comment, but only with the id that every
answer has (see domain/akismet_guid).
"""

from collections.abc import Callable
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, current_app, g, request
from flask_limiter.errors import RateLimitExceeded
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from moderation.domain.akismet_guid import GUID, guid_headers, new_guid
from moderation.domain.errors import ModerationError
from moderation.services.compat import akismet, keys
from moderation.storage.models.sites import Site

from .. import errors
from ..auth import runtime, utcnow
from ..database import db
from . import akismet_reports
from .admission import WRONG_KEY, Admission, TooFast
from .akismet_request import Parameters, parameters_of

bp = Blueprint("akismet", __name__)

#: With the key in the host's first label or in the body, below a path, and in the path.
_PATHS = ("/{}/<method>", "/akismet/{}/<method>", "/akismet/<key>/{}/<method>")
_ADMISSION = "moderation.akismet"
THANKS = "Thanks for making the web a better place."


def register(app: Flask) -> None:
    """Attach the endpoints."""
    app.register_blueprint(bp)
    app.extensions[_ADMISSION] = Admission(app, keys.Service.AKISMET)


class Refused(Exception):
    """The request is not valid; the reason is sent as X-akismet-debug-help."""

    #: Answer a call for figures in JSON.
    in_json = False

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoKey(Refused):
    """The request has no key; one client forgets it, and reads JSON whatever the status is."""

    in_json = True


def _route(version: str) -> Callable[[Any], Any]:
    def decorate(view: Any) -> Any:
        for path in _PATHS:
            bp.add_url_rule(
                path.format(version), view_func=view, methods=("GET", "POST"), strict_slashes=False
            )
        return view

    return decorate


@_route("1.1")
def answer_1_1(method: str, key: str = "") -> Response:
    """Answer a call of version 1.1: checks and reports of comments, and of keys."""
    sent = parameters_of(request)
    return _METHODS_1_1[method](sent, key) if method in _METHODS_1_1 else _text("", 404)


@_route("1.2")
def answer_1_2(method: str, key: str = "") -> Response:
    """Answer a call of version 1.2: figures about a key."""
    sent = parameters_of(request)
    return _METHODS_1_2[method](sent, key) if method in _METHODS_1_2 else _text("", 404)


# Version 1.1


def _verify_key(sent: Parameters, path_key: str) -> Response:
    _asked_site(sent, path_key)
    _require(sent, "blog")
    return _text("valid")


def _check(sent: Parameters, path_key: str) -> Response:
    site, key = _site(sent, path_key)
    _require(sent, "blog")
    if "user_ip" not in sent:
        raise Refused('Missing "user_ip" value')
    comment = sent.comment(key)
    now = utcnow()
    found = akismet.check(db.session(), runtime(), site, comment, _guid(), now=now)
    response = _text("true" if found.spam else "false")
    if found.discard:
        response.headers["X-akismet-pro-tip"] = "discard"
    if found.recheck_after is not None:
        response.headers["X-akismet-recheck-after"] = str(found.recheck_after)
    return response


def _report_spam(sent: Parameters, path_key: str) -> Response:
    return _report(sent, path_key, spam=True)


def _report_ham(sent: Parameters, path_key: str) -> Response:
    return _report(sent, path_key, spam=False)


def _report(sent: Parameters, path_key: str, *, spam: bool) -> Response:
    site, key = _site(sent, path_key)
    now = utcnow()
    akismet.report(db.session(), runtime(), site, sent.comment(key), spam=spam, now=now)
    return _text(THANKS)


def _deactivate(sent: Parameters, path_key: str) -> Response:
    _asked_site(sent, path_key)
    return _text("deactivated")


def _test(_sent: Parameters, _path_key: str) -> Response:
    return _text("connected")


def _token(sent: Parameters, path_key: str) -> Response:
    """There is no other site whose pages a token would open."""
    _asked_site(sent, path_key)
    return _text("invalid")


def _subscription(sent: Parameters, path_key: str) -> Response:
    site, _ = _asked_site(sent, path_key)
    return _json(akismet_reports.subscription(site))


def _stats(sent: Parameters, path_key: str) -> Response:
    site, key = _asked_site(sent, path_key)
    blog = sent.comment(key).blog_host
    return _json(akismet_reports.stats(db.session(), site, blog, sent.get("from")))


# Version 1.2


def _usage_limit(sent: Parameters, path_key: str) -> Response:
    site, _ = _site(sent, path_key)
    return _json(akismet_reports.usage_limit(db.session(), site, utcnow()))


def _key_stats(sent: Parameters, path_key: str) -> Response:
    site, _ = _asked_site(sent, path_key)
    return _json(akismet_reports.key_stats(db.session(), site, sent.get("from")))


def _key_sites(sent: Parameters, path_key: str) -> Response:
    site, _ = _site(sent, path_key)
    wanted = akismet_reports.SitesQuery.of(sent, utcnow())
    if sent.get("format").lower() == "csv":
        return _text(akismet_reports.sites_csv(db.session(), site, wanted), kind="text/csv")
    return _json(akismet_reports.sites(db.session(), site, wanted))


def _plugins(_sent: Parameters, _path_key: str) -> Response:
    """Nothing is known about other plugins."""
    return _json([])


_METHODS_1_1: dict[str, Callable[[Parameters, str], Response]] = {
    "verify-key": _verify_key,
    "comment-check": _check,
    "submit-spam": _report_spam,
    "submit-ham": _report_ham,
    "deactivate": _deactivate,
    "get-stats": _stats,
    "get-subscription": _subscription,
    "token": _token,
    "test": _test,
}
_METHODS_1_2: dict[str, Callable[[Parameters, str], Response]] = {
    "usage-limit": _usage_limit,
    "key-sites": _key_sites,
    "get-key-stats": _key_stats,
    "compatible-plugins": _plugins,
}


# Keys


def _site(
    sent: Parameters, path_key: str, names: tuple[str, str] = ("api_key", "key")
) -> tuple[Site, str]:
    """Return the site of the request's key, and the key; raise Refused without a valid one.

    A key in the body is the one that counts, under any host name; of two there, the first name's.
    """
    host_key = request.host.partition(".")[0]
    for name in names:
        if key := sent.get(name, 300):
            return _site_of(key), key
    for key in (host_key, path_key):
        site = keys.site_of(db.session(), keys.Service.AKISMET, key)
        if site is not None:
            return site, key
    raise _wrong_key(Refused if path_key else NoKey)


def _asked_site(sent: Parameters, path_key: str) -> tuple[Site, str]:
    """Return the same of a request that is about a key.

    WordPress adds the `api_key` that it has stored to a request about another `key`: without this
    order a new key would be refused once the stored one is revoked, and a wrong one accepted.
    """
    return _site(sent, path_key, ("key", "api_key"))


def _site_of(key: str) -> Site:
    site = keys.site_of(db.session(), keys.Service.AKISMET, key)
    if site is None:
        raise _wrong_key()
    return site


def _wrong_key(refused: type[Refused] = Refused) -> Exception:
    """Charge the client network for a wrong key, which may be a guess, and return the error.

    A key of twelve characters, as WordPress needs it, must not be found by trying.
    """
    admission: Admission = current_app.extensions[_ADMISSION]
    try:
        admission.charge_network(request.environ, WRONG_KEY)
    except TooFast as fast:
        return errors.RateLimited(fast.retry_after)
    return refused("Invalid key")


def _require(sent: Parameters, name: str) -> None:
    if not sent.get(name).strip():
        raise Refused(f'Empty "{name}" value')


# Answers


def _guid() -> str:
    if "akismet_guid" not in g:
        g.akismet_guid = new_guid()
    guid: str = g.akismet_guid
    return guid


@bp.after_request
def _name_answer(response: Response) -> Response:
    """Give every answer its id, errors included."""
    response.headers[GUID] = _guid()
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.after_app_request
def _name_refusal(response: Response) -> Response:
    """Give an id to the answers of the router, too."""
    if GUID not in response.headers:
        response.headers.extend(guid_headers(request.path))
    return response


def _text(body: str, status: int = 200, *, kind: str = "text/plain") -> Response:
    return Response(body, status, content_type=f"{kind}; charset=utf-8")


def _json(body: Any) -> Response:
    return Response(orjson.dumps(body), content_type="application/json; charset=utf-8")


@bp.errorhandler(Refused)
def _refused(error: Refused) -> Response:
    """Answer a wrong key or a missing parameter as Akismet does: with status 200."""
    is_json = error.in_json and "/1.2/" in request.path
    response = _json({"error": error.reason}) if is_json else _text("invalid")
    response.headers["X-akismet-debug-help"] = error.reason
    return response


# The application's own handlers of these classes are found before any of a base class.
@bp.errorhandler(ModerationError)
@bp.errorhandler(RateLimitExceeded)
@bp.errorhandler(HTTPException)
@bp.errorhandler(DBAPIError)
@bp.errorhandler(PoolTimeout)
@bp.errorhandler(Exception)
def _failed(error: Exception) -> Response:
    """Answer any error so that no client takes it for a verdict; logged as everywhere."""
    problem = errors.response_of(error)
    response = _text("error", problem.status_code)
    response.headers["X-akismet-error"] = str(problem.status_code)
    if "Retry-After" in problem.headers:
        response.headers["Retry-After"] = problem.headers["Retry-After"]
    return response
