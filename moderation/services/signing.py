"""The settings, keys and token signers of one application."""

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from itsdangerous import BadSignature, Signer

from moderation.config import Settings
from moderation.domain.errors import BadEditToken


@dataclass(slots=True)
class Signing:
    settings: Settings
    _identity_key: bytes = field(init=False, repr=False)
    _edit: Signer = field(init=False, repr=False)
    _form: Signer = field(init=False, repr=False)

    def __post_init__(self) -> None:
        secret = self.settings.secret_key.encode()
        self._identity_key = hashlib.sha256(b"moderation identity\0" + secret).digest()
        self._edit = _signer(secret, "edit-token")
        self._form = _signer(secret, "form-token")

    # Edit tokens

    def edit_token(self, comment_id: UUID) -> str:
        """Return a token that proves authorship of one comment until the comment is deleted."""
        return self._edit.sign(str(comment_id)).decode()

    def check_edit_token(self, comment_id: UUID, token: str) -> None:
        """Raise BadEditToken unless the token was given for this comment."""
        try:
            proven = self._edit.unsign(token).decode()
        except (BadSignature, UnicodeError):
            proven = ""
        if not hmac.compare_digest(proven, str(comment_id)):
            raise BadEditToken(
                "This token does not belong to this comment. Use the one from its submission."
            )

    def proven_comment(self, token: str) -> UUID | None:
        """Return the comment whose authorship a token proves, or None."""
        try:
            return UUID(self._edit.unsign(token).decode())
        except (BadSignature, ValueError):
            return None

    # Form tokens

    def form_token(self, site: str, post: str, now: datetime, *, nonce: str = "") -> str:
        """Sign the time at which a form was shown, bound to its thread; holds no personal data.

        With a nonce the token belongs to one form, so that a repeated submission is recognised.
        """
        shown = f"{int(now.timestamp())}.{_digest(site, post)}"
        return self._form.sign(f"{shown}.{nonce}" if nonce else shown).decode()

    def form_seconds(self, token: str, site: str, post: str, now: datetime) -> float | None:
        """Return the seconds since the form was shown; None when the token is not valid here."""
        try:
            shown, thread, *_ = self._form.unsign(token).decode().split(".")
        except (BadSignature, UnicodeError):
            return None
        if thread != _digest(site, post):
            return None
        return max(0.0, now.timestamp() - int(shown))

    def is_one_form(self, token: str) -> bool:
        """Return whether a valid token was made for a single form."""
        return token.count(".") == 3

    # Links in mail

    def sign(self, purpose: str, value: str) -> str:
        """Sign a value for one purpose; the signature is not valid for another."""
        return _signer(self.settings.secret_key.encode(), purpose).sign(value).decode()

    def unsign(self, purpose: str, token: str) -> str:
        """Return the value that was signed for this purpose, or raise ValueError."""
        try:
            signer = _signer(self.settings.secret_key.encode(), purpose)
            return signer.unsign(token).decode()
        except (BadSignature, UnicodeError):
            raise ValueError("not signed by us") from None

    def derived(self, purpose: str, value: bytes) -> bytes:
        """Derive 32 secret bytes from the secret key, for one purpose and value (HMAC-SHA256)."""
        key = hashlib.sha256(f"moderation {purpose}\0{self.settings.secret_key}".encode()).digest()
        return hmac.digest(key, value, "sha256")

    # Identities

    def author_key(self, kind: str, *parts: str) -> str:
        """Hash an identity so that it can be recognised but not read."""
        message = "\0".join((kind, *parts)).encode()
        return hmac.digest(self._identity_key, message, "sha256").hex()[:32]

    def login_key(self, login: str) -> str:
        """Hash a login, without regard to case."""
        return self.author_key("login", login.lower())

    def address_key(self, address: str) -> str:
        return self.author_key("address", address)

    def block_key(self, address: str) -> str:
        """Hash the address block that usually belongs to one household or attacker."""
        return self.author_key("block", address_block(address))


def address_block(address: str) -> str:
    """Widen an address to its /24, or its /56 for IPv6; anything else stays as it is."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    width = 24 if parsed.version == 4 else 56
    beyond = parsed.max_prefixlen - width
    # The same text as ip_network's, without parsing the address again.
    return f"{type(parsed)(int(parsed) >> beyond << beyond)}/{width}"


class _KeyedSigner(Signer):
    """A signer with one secret, whose key is derived once instead of for each signature."""

    def __init__(self, secret: bytes, **options: Any) -> None:
        super().__init__(secret, **options)
        self._derived = super().derive_key()

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        return self._derived


def _signer(secret: bytes, salt: str) -> Signer:
    return _KeyedSigner(
        secret, salt=f"moderation {salt}", key_derivation="hmac", digest_method=_sha256
    )


def _sha256(data: bytes = b"") -> "hashlib._Hash":
    return hashlib.sha256(data)


def _digest(site: str, post: str) -> str:
    return hashlib.sha256(f"{site}\0{post}".encode()).hexdigest()[:16]
