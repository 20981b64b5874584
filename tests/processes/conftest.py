"""One stack for all tests of this folder; each leaves it whole."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.processes.crew import Crew, crew_of
from tests.processes.kiosk import Kiosk, kiosk_of
from tests.processes.sale import Sale
from tests.processes.shelf import PATIENT, Shelf, shelf_of
from tests.processes.stack import Stack, eventually, prepared, serving, serving_beside
from tests.processes.till import Till, till_of


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Servers and a prepared database."""
    with tempfile.TemporaryDirectory(prefix="hf-process-") as home, prepared(Path(home)) as made:
        yield made


@pytest.fixture(scope="session")
def web(stack: Stack) -> Iterator[Stack]:
    """The same with web processes."""
    with serving(stack):
        yield stack


@pytest.fixture
def crew(stack: Stack, tmp_path: Path) -> Iterator[Crew]:
    """Workers and schedulers that know the probe jobs; nobody runs yet."""
    with crew_of(stack, tmp_path) as made:
        yield made


@pytest.fixture
def shelf(web: Stack) -> Iterator[Shelf]:
    """Products and buyers in the running stack."""
    with shelf_of(web) as made:
        yield made


@pytest.fixture(scope="session")
def patient_web(stack: Stack) -> Iterator[Stack]:
    """One web process in which many may wait for a lock, and for long."""
    with serving_beside(stack, WORKERS="1", WEB_THREADS="24", **PATIENT) as made:
        yield made


@pytest.fixture
def patient(shelf: Shelf, patient_web: Stack) -> Shelf:
    """The shelf as that process shows it, whatever was restarted since it was asked last."""
    eventually(patient_web.settled, "it has noticed that everything is there")
    return replace(shelf, web=patient_web)


@pytest.fixture
def sale(shelf: Shelf) -> Iterator[Sale]:
    """Promos in the running stack."""
    made = Sale(shelf)
    yield made
    made.over()


@pytest.fixture
def patient_sale(patient: Shelf) -> Iterator[Sale]:
    """The same where many may wait for a lock."""
    made = Sale(patient)
    yield made
    made.over()


@pytest.fixture
def till(stack: Stack, tmp_path: Path) -> Iterator[Till]:
    """A shop, its payment provider and a catcher of its mails; nobody works in the background yet."""
    with till_of(stack, tmp_path) as made:
        yield made


@pytest.fixture
def kiosk(stack: Stack, tmp_path: Path) -> Iterator[Kiosk]:
    """A shop with offers and the partner who activates them; nobody works in the background yet."""
    with kiosk_of(stack, tmp_path) as made:
        yield made
