"""Password hashes by argon2id, a few at a time, so that many logins take neither all memory nor all threads.

Hashing has its own threads, which stand back behind those that answer requests (Linux lets a thread have a priority of
its own). Whoever finds all places taken is asked to come back at once, so that the web threads stay free for buyers.
"""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import BoundedSemaphore
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import Busy

AT_ONCE = 2
PLACES = 4
NICENESS = 10

Result = TypeVar("Result")

# The profile that OWASP names first for machines with little memory. The library's own costs five times as much, which
# on the night of a sale would be customers who cannot sign in.
MEMORY_KIB = 19 * 1024
_hasher = PasswordHasher(time_cost=2, memory_cost=MEMORY_KIB, parallelism=1)
_places = BoundedSemaphore(PLACES)


def hashed(password: str) -> str:
    """The hash to keep."""
    return _done(lambda: _hasher.hash(password))


def matches(password: str, known_hash: str | None) -> bool:
    """Whether the password belongs to the hash; takes as long when there is none."""
    return _done(lambda: _verified(password, known_hash)) and bool(known_hash)


def expect_a_place() -> None:
    """Busy when all places are taken now: asked first, a crowd that is sent away costs next to nothing."""
    if not _places.acquire(blocking=False):
        raise Busy
    _places.release()


def _verified(password: str, known_hash: str | None) -> bool:
    spare = _nobody()  # a hash too, so it is made where no more than a few are made at once
    try:
        return _hasher.verify(known_hash or spare, password)
    except (VerificationError, InvalidHashError):
        return False


def _done(work: Callable[[], Result]) -> Result:
    if not _places.acquire(blocking=False):
        raise Busy
    try:
        return _threads().submit(work).result()
    finally:
        _places.release()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, "passwords", _stand_back)


def _stand_back() -> None:
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


@cache
def _nobody() -> str:
    """The hash of nothing anybody knows: an unknown user costs as much as a wrong password."""
    return _hasher.hash("an unknown user has no password")
