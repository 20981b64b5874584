"""Workers and schedulers as a supervisor keeps them: what ends is started again; and what their jobs did."""

import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from devstack.processes import end, spawn
from tests.processes.stack import FLASK, PATIENCE, ROOT, Program, Stack, eventually

SHORT = {
    "JOBS_OFFER_SECONDS": "0.3",
    "JOBS_LEASE_SECONDS": "1",
    "JOBS_BACKOFF_SECONDS": "0.05",
    "JOBS_RELAY_SECONDS": "0.01",
    "JOBS_ATTEMPTS": "3",
}
# Where nobody dies, a worker that stands still for a moment does not lose what it has.
NOBODY_DIES = {"JOBS_LEASE_SECONDS": "30"}
EMPTY = """
    CREATE TABLE IF NOT EXISTS probe_effects (
        key text NOT NULL, worker int NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    DELETE FROM probe_effects; DELETE FROM jobs; DELETE FROM schedules; DELETE FROM emails;
    DELETE FROM promo_announcements; DELETE FROM webhook_events WHERE state = 'new';
    UPDATE products SET low_stock_threshold = 0, low_since = NULL;
    UPDATE orders SET pay_by = clock_timestamp() + interval '1 day' WHERE status = 'PENDING';
    -- It would write mails of its own to the admins, in the middle of those that are counted.
    INSERT INTO schedules (name, paused_at) VALUES ('operations.warn_of_dead_letters', clock_timestamp())
"""
WORKER, HEAVY_WORKER, SCHEDULER = ("worker",), ("worker", "heavy"), ("scheduler",)
AT_REST_AFTER = 75.0
Found = TypeVar("Found")


@dataclass
class Member:
    """One place in the crew and who holds it now."""

    role: tuple[str, ...]
    program: Program
    ends: list[int] = field(default_factory=list)


class Crew:
    """Programs that are kept running until the test is over."""

    def __init__(self, stack: Stack, folder: Path, **changes: str) -> None:
        self.stack, self.output = stack, folder / "crew.log"
        self.environment = stack.environment | SHORT | changes
        self.members: list[Member] = []

    def keep(self, *role: str, **first: str) -> Member:
        """A program that is started again when it ends; the variables are only for its first life."""
        member = Member(role, self._started(role, first))
        self.members.append(member)
        return member

    def tend(self) -> None:
        """Start again what has ended."""
        for member in self.members:
            if (code := member.program.poll()) is not None:
                member.ends.append(code)
                member.program = self._started(member.role, {})

    def until(self, condition: Callable[[], Found], what: str, seconds: float = PATIENCE) -> Found:
        """Tends the crew until the condition holds, and gives what it found."""
        found: list[Found] = []

        def held() -> bool:
            self.tend()
            found[:] = [condition()]
            return bool(found[0])

        eventually(held, what, seconds)
        return found[0]

    def during(self, seconds: float) -> None:
        """Tends the crew for so long."""
        over = time.monotonic() + seconds
        while time.monotonic() < over:
            self.tend()
            time.sleep(0.02)

    def strike(self, member: Member, **next_life: str) -> None:
        """Kill who holds the place; the variables are only for the one who follows."""
        member.program.kill()
        member.ends.append(member.program.wait())
        member.program = self._started(member.role, next_life)

    def rests(self, keys: Iterable[str], unknown: Iterable[str] = ()) -> None:
        """Soon after the last fault nothing is open, each effect is there once, and no invariant is broken."""
        if HEAVY_WORKER not in {member.role for member in self.members}:
            self.keep(*HEAVY_WORKER)  # the clock asks for heavy jobs too
        self._nothing_is_open()
        found, asked = effects(self.stack), Counter(keys)
        missing, surplus = asked - found, found - asked - Counter(unknown)
        assert not missing, f"effects that are missing: {missing}"
        assert not surplus, f"effects that nobody asked for: {surplus}"
        checked = self.stack.run(*FLASK, "invariants")
        assert checked.returncode == 0, checked.stdout + checked.stderr

    def _nothing_is_open(self) -> None:
        under_way = """
            SELECT name, state, attempts, error, (SELECT key FROM emails WHERE id = (args ->> 'email_id')::bigint)
            FROM jobs WHERE state IN ('queued', 'running')
        """
        try:
            self.until(lambda: not self.stack.sql(under_way), "nothing is open", AT_REST_AFTER)
        except AssertionError as fault:
            raise AssertionError(f"{fault}: {self.stack.sql(under_way)}") from fault

    def dismiss(self, member: Member, number: signal.Signals = signal.SIGTERM) -> None:
        """The place is given up."""
        self.members.remove(member)
        end(member.program, (number, 5.0))

    def said(self, words: str) -> bool:
        """Whether any of them has written this."""
        return words in self.output.read_text()

    def _started(self, role: tuple[str, ...], changes: dict[str, str]) -> Program:
        command = [sys.executable, "-m", "tests.processes.probe", *role]
        with self.output.open("ab") as output:
            return spawn(command, env=self.environment | changes, cwd=ROOT, output=output)


@contextmanager
def crew_of(stack: Stack, folder: Path, **changes: str) -> Iterator[Crew]:
    """A crew with nobody in it; nothing is left of earlier jobs, nor of its own."""
    stack.redis.flushall()
    stack.sql(EMPTY)
    made = Crew(stack, folder, **changes)
    try:
        yield made
    finally:
        for member in made.members:
            member.program.kill()
        for member in made.members:
            member.program.wait()
        stack.sql(EMPTY)
        stack.redis.flushall()


def ask(stack: Stack, name: str, count: int = 1, *, key: str = "", delay: float = 0, **args: str) -> list[str]:
    """Ask in one commit for jobs, due after the delay; the answer is the keys of their effects."""
    keys = [f"{key or name}-{number}" for number in range(count)]
    rows = json.dumps([{"key": each, **args} for each in keys])
    asked = """
        INSERT INTO jobs (name, args, request_id, due_at)
        SELECT %s, value, 'asked', clock_timestamp() + make_interval(secs => %s) FROM jsonb_array_elements(%s)
    """
    stack.sql(asked, name, delay, rows)
    return keys


def effects(stack: Stack) -> Counter[str]:
    """How often each effect is there."""
    return Counter(dict(stack.sql("SELECT key, count(*) FROM probe_effects GROUP BY key")))


def states(stack: Stack, name: str = "probe.%") -> Counter[str]:
    """In which states the jobs are."""
    return Counter(dict(stack.sql("SELECT state, count(*) FROM jobs WHERE name LIKE %s GROUP BY state", name)))
