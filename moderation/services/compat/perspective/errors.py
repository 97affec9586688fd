"""Errors in Google's envelope, with the texts and types that Perspective's clients compare."""

from collections.abc import Mapping, Sequence
from typing import Any

_TYPE = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_HELP = "type.googleapis.com/google.rpc.Help"
_SERVICE = "commentanalyzer.googleapis.com"


class Refused(Exception):
    """A request that gets an error; `code` is the HTTP status."""

    def __init__(
        self,
        code: int,
        status: str,
        message: str,
        details: Sequence[Mapping[str, Any]] = (),
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status)
        self.code, self.status, self.message = code, status, message
        self.details: list[Mapping[str, Any]] = list(details)
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        """Return the envelope of the error."""
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = self.details
        return {"error": error}


def invalid(message: str, error_type: str = "INVALID_REQUEST", **members: Any) -> Refused:
    """Return the error of a request that cannot be answered as it is."""
    details = [{"@type": _TYPE, "errorType": error_type, **members}]
    return Refused(400, "INVALID_ARGUMENT", message, details)


def too_long(most: int, size: int | None = None) -> Refused:
    """Return the error of a text of more than `most` bytes; None: of a body that was not read."""
    error = invalid("Comment text too long.", "COMMENT_TOO_LONG")
    # Google's later message. Research scripts search for it, and split the text.
    exceeded = f"Limit ({most})" if size is None else f"Value ({size}) exceeded limit ({most})"
    error.details.append(_violation(f"Comment text was too many bytes. {exceeded}."))
    return error


def not_json(problem: str = "Expected an object.") -> Refused:
    """Return the error of a body that is not a JSON object."""
    message = f"Invalid JSON payload received. {problem}"
    # Clients look into the first of the details whenever there is an error.
    return Refused(400, "INVALID_ARGUMENT", message, [_violation(message)])


def _violation(description: str) -> dict[str, Any]:
    return {"@type": _BAD_REQUEST, "fieldViolations": [{"description": description}]}


def language_not_supported(
    attribute: str, asked: Sequence[str], detected: Sequence[str]
) -> Refused:
    """Return the error of an attribute that has no detector for a language."""
    name = "requestedLanguages" if asked else "detectedLanguages"
    languages = list(asked or detected)
    return invalid(
        f"Attribute {attribute} does not support request languages: {', '.join(languages)}",
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        languageNotSupportedByAttributeError={name: languages, "attribute": attribute},
    )


def bad_key() -> Refused:
    """Return the error of a key that names no site."""
    details = [
        {
            "@type": _INFO,
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com",
            "metadata": {"service": _SERVICE},
        }
    ]
    message = "API key not valid. Please pass a valid API key."
    return Refused(400, "INVALID_ARGUMENT", message, details)


def no_key() -> Refused:
    """Return the error of a request without a key."""
    return Refused(
        403,
        "PERMISSION_DENIED",
        "Method doesn't allow unregistered callers (callers without established identity). "
        "Please use API Key or other form of API consumer identity to call this API.",
    )


def too_many(limit: float, retry_after: int, consumer: str) -> Refused:
    """Return the error of a key, or of a network, that has used up its rate."""
    per_minute = str(int(limit * 60))
    details: list[dict[str, Any]] = [
        {
            "@type": _INFO,
            "reason": "RATE_LIMIT_EXCEEDED",
            "domain": "googleapis.com",
            "metadata": {
                "service": _SERVICE,
                "consumer": consumer,
                "quota_metric": "CommentAnalyzerService/analyze_requests",
                "quota_limit": "AnalyzeRequestsPerMinutePerProject",
                "quota_limit_value": per_minute,
                "quota_location": "global",
            },
        },
        {
            "@type": _HELP,
            "links": [
                {
                    "description": "The operator of this service sets the rate: "
                    "MODERATION_RATELIMIT_COMPAT.",
                }
            ],
        },
    ]
    return Refused(
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'Analysis requests (AnalyzeComment)' and limit "
        f"'Analysis requests (AnalyzeComment) per minute' of service '{_SERVICE}' for "
        f"consumer '{consumer}'.",
        details,
        headers={"Retry-After": str(retry_after)},
    )


def not_found() -> Refused:
    """Return the error of an address without a method."""
    return Refused(404, "NOT_FOUND", "Method not found.")


def wrong_method(allowed: str = "POST") -> Refused:
    """Return the error of an address that does not take the request's HTTP method."""
    message = "This address does not support this HTTP method; see Allow."
    return Refused(405, "UNIMPLEMENTED", message, headers={"Allow": allowed})


def unavailable() -> Refused:
    """Return the error while the store cannot be used."""
    message = "The service is currently unavailable."
    return Refused(503, "UNAVAILABLE", message, headers={"Retry-After": "2"})


def no_address() -> Refused:
    """Return the error of the discovery document while the service's own address is not set."""
    message = "The operator of this service must set MODERATION_PUBLIC_URL to its address."
    return Refused(503, "UNAVAILABLE", message)


def internal() -> Refused:
    """Return the error of a defect of ours."""
    return Refused(500, "INTERNAL", "Internal error encountered.")
