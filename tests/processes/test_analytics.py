"""Files of analytics while shops go on telling: never behind what was answered, nothing left when one hangs up."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO

import requests

from tests.processes.market import Shops, shops
from tests.processes.stack import Stack, eventually
from tests.scale import scaled

EXPORT = "/api/v1/analytics/export"
TOLD = "SELECT count(*)::int, coalesce(sum(quantity), 0)::int FROM buys WHERE promotion_id = %s"
OPEN = (
    "SELECT pid FROM pg_stat_activity WHERE state LIKE 'idle in transaction%%' AND application_name LIKE 'holdfast%%'"
)
ASKING = """
    SELECT pid FROM pg_stat_activity
    WHERE state = 'active' AND query LIKE '%%AS bucket, count(*) FILTER%%' AND pid <> pg_backend_pid()
"""
SHOPS = 4


def days(many: int) -> str:
    """The last so many days, in a query."""
    today = datetime.now(UTC).date()
    return f"start_date={today - timedelta(days=many - 1)}&end_date={today + timedelta(days=1)}"


def exported(web: Stack, token: str, promotion: int) -> tuple[int, int]:
    """How many buys and units the file of a promotion sums up to."""
    query = f"table=series&source=tracker&grain=hour&promo_id={promotion}&{days(7)}"
    answer = web.patiently("GET", f"{EXPORT}?{query}", token=token)
    assert answer.status_code == 200, answer.text
    rows = list(csv.DictReader(StringIO(answer.text)))
    return sum(int(row["purchases"]) for row in rows), sum(int(row["units"]) for row in rows)


def hangs_up(web: Stack, token: str) -> None:
    """Asks for the series of a year and leaves after its header."""
    query = f"table=series&{days(365)}"
    with web.call("GET", f"{EXPORT}?{query}", token=token, stream=True) as answer:
        assert next(answer.iter_lines()) == b"at,units,revenue,refunds,net"


def in_a_file(web: Stack, token: str, made: Shops) -> int:
    return sum(exported(web, token, made.first + shop)[0] for shop in range(SHOPS))


def test_files_are_never_behind_what_was_answered_and_exact_at_the_end(web: Stack) -> None:
    token = web.token()
    with shops(web, SHOPS) as made:
        for _ in range(scaled(200)):
            told = made.answered + made.events
            assert in_a_file(web, token, made) >= told
            eventually(lambda told=told: made.answered + made.events >= told + 20, "buys are answered")  # type: ignore[misc]  # mypy infers no defaults
            hangs_up(web, token)
    made.were_counted()
    for shop in range(SHOPS):
        assert [exported(web, token, made.first + shop)] == web.sql(TOLD, made.first + shop)


def test_whoever_hangs_up_leaves_no_transaction_and_no_statement_behind(web: Stack) -> None:
    token = web.token()
    for _ in range(scaled(500)):
        hangs_up(web, token)
    eventually(lambda: not web.sql(OPEN) and not web.sql(ASKING), "nothing is held open")
    assert web.call("GET", "/api/v1/analytics", token=token).status_code == 200


def test_a_year_is_sent_in_pieces(web: Stack) -> None:
    query, token = f"table=series&{days(365)}", web.token()
    url = f"http://127.0.0.1:{web.port}{EXPORT}?{query}"
    with requests.get(url, headers={"Authorization": f"Bearer {token}"}, stream=True, timeout=60) as answer:
        assert answer.headers["Transfer-Encoding"] == "chunked"
        assert "Content-Length" not in answer.headers
        assert answer.text.startswith("at,units")
