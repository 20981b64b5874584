"""Password hashes by argon2id, a few at a time so that many logins cannot take all memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import Busy

AT_ONCE = 2
PATIENCE_SECONDS = 5

_hasher = PasswordHasher()
_places = BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    """The hash to keep."""
    with _place():
        return _hasher.hash(password)


def matches(password: str, known_hash: str | None) -> bool:
    """Whether the password belongs to the hash; takes as long when there is none."""
    with _place():
        spare = _nobody()
        try:
            _hasher.verify(known_hash or spare, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(known_hash)


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=PATIENCE_SECONDS):
        raise Busy
    try:
        yield
    finally:
        _places.release()


@cache
def _nobody() -> str:
    """The hash of nothing anybody knows: an unknown user costs as much as a wrong password."""
    return _hasher.hash("an unknown user has no password")
