"""Password hashes that cost little, for processes that only tests start."""

from argon2 import PasswordHasher


def hash_cheaply() -> None:
    """Lower the default cost of Argon2 in this process; a hash still names its own cost.

    No setting does this, so that no installation can.
    """
    _time, _memory, _lanes, *others = PasswordHasher.__init__.__defaults__ or ()
    PasswordHasher.__init__.__defaults__ = (1, 8, 1, *others)
