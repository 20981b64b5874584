"""Password hashes by argon2id, a few at a time so that many logins cannot take all memory."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from app.core.errors import Busy

AT_ONCE = 2
PATIENCE_SECONDS = 5

_hasher = PasswordHasher()
_places = BoundedSemaphore(AT_ONCE)
# The hash of nothing anybody knows: an unknown user costs as much as a wrong password.
_nobody = _hasher.hash("an unknown user has no password")


def hashed(password: str) -> str:
    """The hash to keep."""
    return _hasher.hash(password)


def matches(password: str, known_hash: str | None) -> bool:
    """Whether the password belongs to the hash; takes as long when there is none."""
    if not _places.acquire(timeout=PATIENCE_SECONDS):
        raise Busy
    try:
        _hasher.verify(known_hash or _nobody, password)
    except VerificationError:
        return False
    else:
        return known_hash is not None
    finally:
        _places.release()
