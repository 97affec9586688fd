"""Authors as the lines of an export name them: by ids and addresses where they are known."""

from dataclasses import dataclass, field
from typing import Any

from moderation.storage.models.sites import Site

from ..signing import Signing

Line = dict[str, Any]

#: Authors whose hashes are remembered.
_AUTHORS = 5000


@dataclass(slots=True)
class People:
    """Writes authors by their ids and addresses instead of their keyed hashes."""

    runtime: Signing
    #: Keys that lines about authors have, and the identities that the comments showed.
    wanted: dict[str, Line | None] = field(default_factory=dict)
    _keys: dict[tuple[str, ...], str] = field(default_factory=dict)

    def author(self, comment: Any, site: Site) -> Line:
        """Return the author of a comment."""
        id, email = comment.author_id, (comment.author_email or "").casefold()
        by_id = self._key("id", id) if id else ""
        by_email = self._key("email", email) if email else ""
        key, email_key = comment.author_key, comment.email_key
        # Most comments have no picture.
        picture = comment.avatar and self._key("avatar", str(site.id), id or "")
        self._learn(key, email_key, by_id, by_email, id, email)
        return {
            "name": comment.author_name,
            "email": comment.author_email,
            "website": comment.author_website,
            "id": id,
            "key": "id" if by_id and key == by_id else _as_email(key, by_email),
            "email_key": _as_email(email_key, by_email),
            "staff": comment.staff,
            "verified": comment.verified,
            "avatar": "id" if picture and comment.avatar == picture else comment.avatar,
        }

    def _key(self, *parts: str) -> str:
        """Return the keyed hash of an identity; authors have several comments."""
        key = self._keys.get(parts)
        if key is None:
            if len(self._keys) >= _AUTHORS:
                self._keys.clear()
            key = self._keys[parts] = self.runtime.author_key(*parts)
        return key

    def _learn(
        self,
        key: str | None,
        email_key: str | None,
        by_id: str,
        by_email: str,
        id: str | None,
        email: str,
    ) -> None:
        if key in self.wanted and key == by_id:
            self.wanted[key] = {"id": id}
        for known in (key, email_key):
            if known in self.wanted and known == by_email:
                self.wanted[known] = {"email": email}

    def reference(self, key: str) -> Line:
        """Return the strongest identity that is known for a key."""
        return self.wanted.get(key) or {"key": key}


def _as_email(key: str | None, by_email: str) -> str | None:
    return "email" if by_email and key == by_email else key
