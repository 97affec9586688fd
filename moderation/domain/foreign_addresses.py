"""Addresses of the foreign protocols, as clients build them from a base URL that was typed in.

With a slash at its end most clients request `https://host//1.1/comment-check`.
"""

import re

_SLASHES = re.compile("/{2,}")
_FOREIGN = re.compile(
    r"/(?:akismet/|1\.[12]/|v1alpha1/|\$discovery/|discovery/v1/|batch\b|(?:padded/)?v1/moderations\b|coral/)"
)


def plain(path: str) -> str:
    """Return a path of a foreign protocol without doubled slashes, any other as it is.

    `posts/%2F2026%2Fa` of the service's own API is another post than `posts/2026/a`.
    """
    if "//" not in path:
        return path
    merged = _SLASHES.sub("/", path)
    return merged if _FOREIGN.match(merged) else path
