"""Passwords cost the same whoever is asked for, and never more than two at a time."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from argon2 import extract_parameters

from app.core.errors import Busy
from app.core.roles import Role
from app.core.web import HoldfastApp, settings_of
from app.identity import passwords
from app.identity.errors import LoginRefused
from app.identity.passwords import AT_ONCE, NICENESS, PLACES, hashed, matches
from app.identity.service.login import sign_in
from tests.callers import PASSWORD, make_user


class Crowd:
    """In the hasher's place: notes whether more than two ever work at once."""

    def __init__(self) -> None:
        """Nobody is there."""
        self.asked: list[str] = []
        self.met = False
        self._third = Barrier(AT_ONCE + 1)

    def hash(self, password: str) -> str:
        self.verify(password, password)
        return password

    def verify(self, known: str, password: str) -> bool:
        self.asked.append(known)
        try:
            self._third.wait(0.2)
            self.met = True
        except BrokenBarrierError:
            pass  # no third one came
        return True


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Crowd:
    """A slow hasher, after the hash of nobody was made by the true one."""
    passwords._nobody()  # noqa: SLF001 - it is made once
    made = Crowd()
    monkeypatch.setattr(passwords, "_hasher", made)
    return made


def test_a_password_matches_its_own_hash_only() -> None:
    known = hashed("correct horse")
    assert known.startswith("$argon2id$")
    assert matches("correct horse", known)
    assert not matches("Correct horse", known)
    assert known != hashed("correct horse")


@pytest.mark.parametrize("known", [None, "", "!", "$argon2id$broken"])
@pytest.mark.parametrize("password", ["", "x", "an unknown user has no password"])
def test_who_has_no_usable_hash_has_no_password(known: str | None, password: str) -> None:
    assert not matches(password, known)


@pytest.mark.parametrize("work", [lambda: matches("x", "y"), lambda: hashed("x")], ids=["matches", "hashed"])
def test_never_more_than_two_are_worked_on_at_once(crowd: Crowd, work: Callable[[], Any]) -> None:
    with ThreadPoolExecutor(PLACES) as pool:
        assert all(list(pool.map(lambda _: work(), range(PLACES))))
    assert len(crowd.asked) == PLACES > AT_ONCE
    assert not crowd.met


def test_who_finds_all_places_taken_is_asked_to_come_back() -> None:
    with ExitStack() as taken:
        for _ in range(PLACES):
            taken.enter_context(passwords._places)  # noqa: SLF001 - all places are taken
        with pytest.raises(Busy):
            matches("x", None)
    assert not matches("x", None)


def test_the_hash_of_nobody_is_not_made_without_a_place_either(crowd: Crowd) -> None:
    passwords._nobody.cache_clear()  # noqa: SLF001 - as in a process that has just begun
    with ExitStack() as taken:
        for _ in range(PLACES):
            taken.enter_context(passwords._places)  # noqa: SLF001 - all places are taken
        with pytest.raises(Busy):
            matches("x", None)
    assert crowd.asked == []


def test_a_place_is_free_again_after_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", None)
    for _ in range(PLACES + 1):
        with pytest.raises(AttributeError):
            hashed("x")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives a thread a priority of its own")
def test_hashing_stands_back_behind_those_that_answer() -> None:
    thread = passwords._threads().submit(threading.get_native_id).result()  # noqa: SLF001 - its threads are its own
    assert os.getpriority(os.PRIO_PROCESS, thread) == NICENESS
    assert os.getpriority(os.PRIO_PROCESS, 0) < NICENESS


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("name", ["nobody", "nobody@example.test", "asleep", "☃", ""])
def test_a_login_that_fails_verifies_one_hash_whoever_is_asked_for(
    app: HoldfastApp, crowd: Crowd, name: str, sql: Any
) -> None:
    make_user(app, Role.VIEWER, "asleep")
    sql.execute("UPDATE users SET is_active = false")
    crowd.asked.clear()
    with app.app_context(), pytest.raises(LoginRefused):
        sign_in(username=name, password=PASSWORD, kind="api", address="", settings=settings_of(app))
    assert len(crowd.asked) == 1


def test_the_hash_of_nobody_costs_what_any_other_costs() -> None:
    assert extract_parameters(passwords._nobody()) == extract_parameters(hashed("x"))  # noqa: SLF001
