"""The id that every answer to Akismet's comment-check has, whichever layer answers.

WordPress matches an answer to its comment by this header alone: without it, the comment of a
refused or failed check is published.
"""

import secrets

GUID = "X-akismet-guid"
_CHECK = "/1.1/comment-check"


def new_guid() -> str:
    """Return a fresh id."""
    return secrets.token_hex(16)


def guid_headers(path: str) -> list[tuple[str, str]]:
    """Return the header for an answer at this path; none for the path of another endpoint."""
    asked = path.partition("?")[0].rstrip("/").replace("//", "/")
    return [(GUID, new_guid())] if asked.endswith(_CHECK) else []
