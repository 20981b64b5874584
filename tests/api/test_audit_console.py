"""`/console/audit`: the filter in the address is the filter of the rows and of the export."""

import csv
import re
from io import StringIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.audit.console.presentation import SOURCES, asked
from app.audit.queries import AuditFilter
from app.audit.schemas import SOURCES as KNOWN_SOURCES
from app.core.clock import rfc3339
from tests.api.conftest import AsRole
from tests.api.entries import FACTS, entry
from tests.callers import Caller

PAGE = "/console/audit"
ROW = re.compile(r'href="/console/audit/(\d+)"')
TEN_THOUSAND_AND_ONE = """
    INSERT INTO audit_log (actor_name, action, object_type, object_id, old, new, request_id, source)
    SELECT 'many', 'thing.made', 'thing', i::text, '{}', '{}', 'r', 'cli' FROM generate_series(1, 10001) AS i
"""
NOTHING = dict.fromkeys(["actor", "action", "object_type", "object_id", "request_id", "actor_id", "source"], "")
NO_DAYS = {"start_date": "", "end_date": ""}


@pytest.fixture
def viewer(as_role: AsRole) -> Caller:
    """Somebody who reads."""
    return as_role("viewer")


def rows(answer: TestResponse) -> list[int]:
    """The entries that a page lists."""
    assert answer.status_code == 200
    return [int(found) for found in ROW.findall(answer.text)]


def exported(answer: TestResponse) -> list[dict[str, str]]:
    """What a spreadsheet reads."""
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    return list(csv.DictReader(StringIO(answer.text, newline="")))


@pytest.mark.parametrize(
    "query",
    [
        "actor=BOB",
        "actor_id=8",
        "action=order.paid",
        "action=order.",
        "object_type=order",
        "object_id=6",
        "request_id=r-2",
        "source=job",
        "start_date=2030-01-11",
        "start_date=2030-01-11&end_date=2030-01-11",
        "actor=%00bob%20&source=nonsense&actor_id=x&end_date=soon",
    ],
)
def test_rows_and_export_show_the_filter_of_the_address(viewer: Caller, sql: Any, query: str) -> None:
    entry(sql)
    facts = {"at": "2030-01-11T23:59:59Z", "actor_id": 8, "actor_name": "Bob", "action": "order.paid"}
    other = entry(sql, **facts, object_type="order", object_id="6", request_id="r-2", source="job")
    assert rows(viewer.client.get(f"{PAGE}?{query}")) == [other]
    assert [row["id"] for row in exported(viewer.client.get(f"{PAGE}/export.csv?{query}"))] == [str(other)]


def test_a_page_and_its_fragment_show_the_same_rows(viewer: Caller, sql: Any) -> None:
    made = [entry(sql) for _ in range(26)]
    whole = viewer.client.get(PAGE)
    part = viewer.client.get(PAGE, headers={"HX-Request": "true"})
    assert rows(whole) == rows(part) == made[:0:-1]
    assert "<html" in whole.text
    assert "<html" not in part.text
    found = re.search(r'href="(/console/audit\?cursor=[^"]+)"', part.text)
    assert found
    assert rows(viewer.client.get(found[1])) == made[:1]


def test_what_a_person_typed_becomes_a_filter() -> None:
    which, typed = asked({"start_date": "2030-06-01", "end_date": "2030-06-01", "actor": " Ada "}, "Europe/Berlin")
    assert (rfc3339(which.since), rfc3339(which.until)) == ("2030-05-31T22:00:00.000Z", "2030-06-01T22:00:00.000Z")  # type: ignore[arg-type]  # both are there
    assert which.actor == "Ada"
    assert typed == NOTHING | {"actor": "Ada", "start_date": "2030-06-01", "end_date": "2030-06-01"}


@pytest.mark.parametrize(
    "args",
    [
        {"start_date": text, "end_date": text}
        for text in ("", "x", "2030-02-30", "0001-01-01", "9999-12-31", "2030-06-01T00:00", "\0")
    ]
    + [{"actor_id": text} for text in ("", "x", "-1", "1.0", "٣", "9" * 19)]
    + [{"source": "x"}, {"actor": "  "}, {"surprise": "x"}],
    ids=str,
)
def test_what_says_nothing_filters_nothing(args: dict[str, str]) -> None:
    assert asked(args, "Pacific/Kiritimati") == (AuditFilter(), NOTHING | NO_DAYS)


def test_every_source_has_a_name() -> None:
    assert tuple(SOURCES) == KNOWN_SOURCES


def test_an_export_says_all_that_the_log_says_and_runs_nothing(viewer: Caller, sql: Any) -> None:
    formula = "=cmd|' /C calc'!A0"
    made = entry(sql, actor_name=formula, object_id="+1", old={"name": formula}, new={formula: "@x"})
    [row] = exported(viewer.client.get(f"{PAGE}/export.csv"))
    assert row == {name: str(value) for name, value in FACTS.items()} | {
        "id": str(made),
        "at": "2030-01-10T12:00:00.000Z",
        "actor_name": f"'{formula}",
        "object_id": "'+1",
        "old": f'{{"name":"{formula}"}}',
        "new": f'{{"{formula}":"@x"}}',
    }


def test_an_export_is_the_whole_filter_however_long(viewer: Caller, sql: Any) -> None:
    sql.execute(TEN_THOUSAND_AND_ONE)
    found = exported(viewer.client.get(f"{PAGE}/export.csv?actor=many"))
    assert [row["object_id"] for row in found] == [str(number) for number in range(10_001, 0, -1)]


def test_each_empty_list_says_why(viewer: Caller, as_role: AsRole) -> None:
    assert "No entries yet" in viewer.client.get(PAGE).text
    nothing = viewer.client.get(f"{PAGE}?actor=nobody").text
    assert "No entry matches" in nothing
    assert "Clear filters" in nothing
    refused = as_role("customer").client.get(PAGE)
    assert (refused.status_code, "not_permitted" in refused.text) == (403, True)


def test_an_entry_that_is_not_there_has_no_page(viewer: Caller) -> None:
    answer = viewer.client.get(f"{PAGE}/2000000000")
    assert (answer.status_code, "audit_entry_not_found" in answer.text) == (404, True)


def test_texts_of_others_are_only_text(viewer: Caller, sql: Any) -> None:
    evil = '<img src=x onerror=alert(1)>" hx-get="/console/logout" \''
    facts = dict.fromkeys(["actor_name", "action", "request_id"], evil)
    made = entry(
        sql, **facts, object_type="<b>", object_id="{{ 98765*98765 }}", old={evil: evil}, new={evil: [evil, "x" * 300]}
    )
    for path in (PAGE, f"{PAGE}/{made}", f"{PAGE}?actor=%3Cimg%22%20hx-get=x"):
        page = viewer.client.get(path).text
        assert "<img" not in page
        assert "<b>" not in page
        assert "9754525225" not in page
        assert not re.search(r'" hx-get="(?!/console/audit)', page)
