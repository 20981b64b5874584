"""The API guide is true: typed into one shell beside `make run`, every example works and answers what is shown."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.devstack.running import ROOT, RunningStack
from tests.processes.guided import Example, examples, typed, unlike
from tests.processes.stack import free_port

GUIDE = ROOT / "docs" / "api.md"
# A partner who refuses nobody: whom the demo's refuses, the id of the transaction decides.
WILLING = {"PARTNER_SUCCESS_RATE": "1", "WORKERS": "1"}


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[RunningStack]:
    ports = {name: str(free_port()) for name in ("PORT", "LIVE_PORT")}
    running = RunningStack(tmp_path / "home", ROOT, WILLING | ports)
    try:
        yield running.wait_until_ready()
    finally:
        running.end(signal.SIGKILL)


def test_every_example_of_the_guide_works_and_answers_what_is_shown(stack: RunningStack, tmp_path: Path) -> None:
    guide = examples(GUIDE.read_text(encoding="utf-8"))
    addresses = {"API": stack.port, "LIVE": int(stack.variables()["LIVE_PORT"])}
    done = typed(guide, tmp_path, **{name: f"http://127.0.0.1:{port}/api/v1" for name, port in addresses.items()})
    assert done.returncode == 0, f"{stopped_at(guide).text}\n{done.stderr}"
    assert [difference for example in guide for difference in example.differences()] == []


def stopped_at(guide: list[Example]) -> Example:
    """The last block that was reached."""
    return [example for example in guide if example.came is not None][-1]


def test_every_example_asks_the_api_and_all_but_a_few_show_an_answer() -> None:
    first, *others = examples(GUIDE.read_text(encoding="utf-8"))
    assert "curl" not in first.text
    assert [example.text for example in others if "curl" not in example.text and not example.shown] == []
    assert sum(not example.shown for example in others) <= 2
    assert len(others) > 30


@pytest.mark.parametrize(
    ("shown", "came"),
    [
        ({"id": 5, "…": "…"}, {"id": 8, "name": "Baixa"}),
        ({"at": "2026-11-27T09:00:00.000Z"}, {"at": "2031-01-01T00:00:00.123Z"}),
        ({"sku": "TEA-…", "rows": [{"order_id": None}]}, {"sku": "TEA-17", "rows": [{"order_id": None}]}),
    ],
)
def test_what_differs_each_time_may_differ(shown: object, came: object) -> None:
    assert list(unlike(shown, came)) == []


@pytest.mark.parametrize(
    ("shown", "came"),
    [
        ({"status": 409}, {"status": 404}),
        ({"code": "sold_out"}, {"code": "sold_out", "limit": 1}),
        ({"code": "sold_out", "limit": 1}, {"code": "sold_out"}),
        ({"id": 5}, {"id": "5"}),
        ({"id": 5}, {"id": None}),
        ({"at": "2026-11-27T09:00:00.000Z"}, {"at": "yesterday"}),
        ({"rows": [1]}, {"rows": [1, 1]}),
        ({"total": "9.95"}, {"total": 9.95}),
        ({"done": True}, {"done": 1}),
        ({"sku": "TEA-…"}, {"sku": "COFFEE-1"}),
        ({"code": "sold_out"}, None),
    ],
)
def test_what_is_fixed_may_not(shown: object, came: object) -> None:
    assert list(unlike(shown, came)) != []


def test_a_block_that_fails_stops_the_guide(tmp_path: Path) -> None:
    guide = examples('```sh\necho \'{"a": 1}\'\n```\n```json\n{"a": 2}\n```\n```sh\nfalse\n```\n```sh\necho no\n```\n')
    done = typed(guide, tmp_path)
    assert done.returncode == 1
    assert re.findall("no", done.stdout) == []
    assert list(guide[0].differences()) == ["line 1: /a: 2 is shown, 1 came"]
