"""The identity of a comment's author, as keyed hashes."""

from dataclasses import dataclass

from ..signing import Signing
from .requests import Sender, Submission


@dataclass(frozen=True, slots=True)
class Identity:
    """Hashes by which an author and their connection are recognised; None where unknown."""

    author_key: str | None
    email_key: str | None
    address_key: str | None
    block_key: str | None


def identify(runtime: Signing, submission: Submission, sender: Sender) -> Identity:
    """Return the hashes for the author and the address of a submission."""
    email = submission.author_email.casefold()
    email_key = runtime.author_key("email", email) if email else None
    if submission.author_id:
        author_key: str | None = runtime.author_key("id", submission.author_id)
    elif email_key:
        author_key = email_key
    elif sender.address:
        author_key = runtime.author_key("guest", submission.author_name.casefold(), sender.address)
    else:
        author_key = None
    return Identity(
        author_key,
        email_key,
        runtime.address_key(sender.address) if sender.address else None,
        runtime.block_key(sender.address) if sender.address else None,
    )
