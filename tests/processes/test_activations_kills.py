"""Whatever the partner does and whoever dies: one success with one effect, or one refund with none."""

import os
import signal
from typing import Any

import pytest

from tests.processes.crew import WORKER, Member
from tests.processes.kiosk import OPEN, Kiosk
from tests.scale import scaled

pytestmark = pytest.mark.chaos

# In small, those that the first five name.
FAULTS: dict[str, dict[str, Any]] = {
    "refuses": {"success_rate": 0},
    "is silent": {"answers": "hang"},
    "fails": {"answers": "error"},
    "is late": {"late": 0.8},
    "acts and is silent": {"answers": "hang", "acts": True},
    "acts and fails": {"answers": "error", "acts": True},
    "hangs up": {"answers": "drop"},
    "acts and hangs up": {"answers": "drop", "acts": True},
    "says nonsense": {"answers": "nonsense", "acts": True},
    "speaks of another": {"answers": "mistaken"},
    "fails when asked": {"answers": "error", "acts": True, "lookups": "error"},
    "does well": {},
}
TRIED = list(FAULTS)[: scaled(len(FAULTS), least=5)]
UNDER_WAY = "SELECT count(*)::int FROM activations WHERE id = ANY (%s::uuid[]) AND sends > 0"


@pytest.mark.parametrize("point", ["offers.before_call", "jobs.called"])
def test_a_worker_killed_before_or_after_the_call(kiosk: Kiosk, point: str) -> None:
    worker = kiosk.people()
    for fault in TRIED:
        names = _asked(kiosk, FAULTS[fault])
        deaths = len(worker.ends)
        kiosk.crew.strike(worker, HOLDFAST_CRASH_POINT=f"{point}:2")
        _ends_well(kiosk, worker, deaths + 2, fault, names)
    kiosk.books_are_right()


def test_a_worker_killed_during_the_call(kiosk: Kiosk) -> None:
    worker = kiosk.people()
    for fault in TRIED:
        names = _asked(kiosk, FAULTS[fault] | {"delay": 0.3})
        deaths = len(worker.ends)
        kiosk.crew.until(lambda: kiosk.web.sql(UNDER_WAY, names) != [(0,)], "something is under way")  # noqa: B023 - asked at once
        kiosk.crew.strike(worker)
        _ends_well(kiosk, worker, deaths + 1, fault, names)
    kiosk.books_are_right()


def _asked(kiosk: Kiosk, behaviour: dict[str, Any]) -> list[str]:
    kiosk.partner.behave_well()
    kiosk.partner.behave(**behaviour)
    return kiosk.asked(kiosk.customers(scaled(50)), kiosk.offer())


def _ends_well(kiosk: Kiosk, worker: Member, deaths: int, fault: str, names: list[str]) -> None:
    """The worker dies, every message comes twice, and the partner does well in the end."""
    kiosk.twice(names)
    kiosk.crew.until(lambda: len(worker.ends) >= deaths, f"{fault}: the worker was killed")
    kiosk.twice(names)
    kiosk.partner.behave(answers="well", lookups="well")
    ended = kiosk.have_one_end(names)
    assert set(worker.ends) == {-signal.SIGKILL}
    assert (fault, ended) == (fault, {"FAILED" if fault == "refuses" else "SUCCESS": len(names)})


def test_who_never_hears_of_it_costs_nothing(kiosk: Kiosk) -> None:
    offer, buyers = kiosk.offer(), kiosk.customers(scaled(50))
    kiosk.partner.behave(answers="error")
    kiosk.people()
    names = kiosk.asked(buyers, offer)
    assert kiosk.are_exact(names) == {"FAILED": len(names)}
    assert {kiosk.balance(buyer) for buyer in buyers} == {"1.00"}


def test_a_worker_that_was_stopped_past_its_lease_ends_nothing_again(kiosk: Kiosk) -> None:
    offer, (buyer,) = kiosk.offer(), kiosk.customers(1, "2.00")
    kiosk.partner.behave(delay=0.4)
    stopped = kiosk.people()
    first = kiosk.asked([buyer], offer)
    kiosk.crew.until(lambda: first[0] in kiosk.partner.effects(), "the partner has heard of it")
    os.kill(stopped.program.pid, signal.SIGSTOP)
    kiosk.crew.keep(*WORKER)
    assert kiosk.are_exact(first) == {"SUCCESS": 1}
    os.kill(stopped.program.pid, signal.SIGCONT)
    kiosk.crew.dismiss(kiosk.crew.members[-1])
    second = kiosk.asked([buyer], offer)
    assert kiosk.are_exact(first + second) == {"SUCCESS": 2}
    assert not stopped.ends


def test_a_thousand_with_silence_lateness_and_crashes_leave_the_books_exact(kiosk: Kiosk) -> None:
    offer, many = kiosk.offer(), scaled(1000, least=30)
    buyers = kiosk.customers(many)
    kiosk.partner.behave(
        success_rate=0.75, answers="hang", acts=True, fault_share=0.1, late=0.5, late_share=0.1, delay=0.005
    )
    workers = [kiosk.people(), kiosk.crew.keep(*WORKER)]
    names = kiosk.asked(buyers, offer)
    for crash in range(max(many // 20, 2)):
        ended = many * crash // max(many // 20, 2)
        kiosk.crew.until(lambda: _ended(kiosk, names) >= ended, f"{ended} have ended", 120)  # noqa: B023 - asked at once
        kiosk.crew.strike(workers[crash % 2])
    found = kiosk.are_exact(names)
    assert set(found) == {"SUCCESS", "FAILED"}
    kiosk.crew.until(lambda: not kiosk.web.sql(OPEN), "nothing is open")


def _ended(kiosk: Kiosk, names: list[str]) -> int:
    return sum(state in {"SUCCESS", "FAILED"} for state in kiosk.states(names).values())
