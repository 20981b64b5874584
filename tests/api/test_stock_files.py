"""A file of counted stock: each bad row is told, each good one applied once, a dry run changes nothing."""

from typing import Any

import pytest

from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.api.made import PRODUCTS, held, product, stock, store
from tests.api.parallel import at_once
from tests.api.problem import assert_problem
from tests.callers import Caller

IMPORTS, EXPORT = f"{PRODUCTS}/stock-imports", f"{PRODUCTS}/stock-export"
HEADER = "sku,set_to,expected,reason,row_key"


@pytest.fixture
def tea(staff: Caller) -> int:
    """Five units under the SKU TEA-250."""
    return int(product(staff)["id"])


def sent(caller: Caller, *lines: str, dry_run: bool = False, header: str = HEADER, **options: Any) -> Any:
    """The answer to a file."""
    content = "\n".join([header, *lines, ""]).encode()
    return posted(caller, content, dry_run=dry_run, **options)


def posted(caller: Caller, content: bytes, *, dry_run: bool = False, **options: Any) -> Any:
    """The answer to these bytes."""
    path = IMPORTS + ("?dry_run=true" if dry_run else "")
    headers = {"Content-Type": "text/csv", **options.pop("headers", {})}
    return caller.post(path, data=content, headers=headers, **options)


def faults(answer: Any) -> list[tuple[int, str, str]]:
    """Line, column and code of each fault."""
    assert answer.status_code == 200, answer.text
    return [(fault["line"], fault["column"], fault["code"]) for fault in answer.json["errors"]]


def counts(answer: Any) -> tuple[int, int, int, int]:
    """How many rows changed something, asked for nothing, were applied before, and failed."""
    assert answer.status_code == 200, answer.text
    told = answer.json
    assert told["rows"] == told["changed"] + told["unchanged"] + told["skipped"] + told["failed"]
    return told["changed"], told["unchanged"], told["skipped"], told["failed"]


def test_a_row_sets_the_total_with_a_movement_and_an_audit_entry(staff: Caller, tea: int, sql: Any) -> None:
    answer = sent(staff, "tea-250,8,5,delivery,k1")
    assert counts(answer) == (1, 0, 0, 0)
    assert answer.json["changes"] == [{"line": 2, "sku": "tea-250", "product_id": tea, "old": 5, "new": 8}]
    assert stock(staff, tea) == (8, 8, 0)
    sql.execute("SELECT available_delta, kind, cause, reason, actor_name FROM stock_movements ORDER BY id DESC LIMIT 1")
    assert sql.fetchone() == (3, "imported", "import:k1", "delivery", "operator")
    sql.execute("SELECT object_id, old, new FROM audit_log WHERE action = 'product.stock_adjusted' ORDER BY id DESC")
    assert sql.fetchone() == (str(tea), {"total_stock": 5}, {"total_stock": 8, "delta": 3, "reason": "delivery"})


def test_a_dry_run_tells_the_same_and_changes_nothing(staff: Caller, tea: int, sql: Any) -> None:
    lines = ("TEA-250,8,5,delivery,k1", "NONE,1,0,delivery,k2")
    dry = sent(staff, *lines, dry_run=True).json
    assert stock(staff, tea) == (5, 5, 0)
    sql.execute("SELECT (SELECT count(*) FROM imported_rows), (SELECT count(*) FROM stock_movements)")
    assert sql.fetchone() == (0, 1)
    wet = sent(staff, *lines).json
    assert (dry.pop("dry_run"), wet.pop("dry_run")) == (True, False)
    assert dry == wet


def test_an_applied_row_is_skipped_the_second_time(staff: Caller, tea: int) -> None:
    assert counts(sent(staff, "TEA-250,8,5,delivery,k1")) == (1, 0, 0, 0)
    assert counts(sent(staff, "TEA-250,8,5,delivery,k1")) == (0, 0, 1, 0)
    assert stock(staff, tea) == (8, 8, 0)


@pytest.mark.usefixtures("tea")
def test_a_key_that_was_applied_with_another_number_is_told(staff: Caller) -> None:
    sent(staff, "TEA-250,8,5,delivery,k1")
    assert faults(sent(staff, "TEA-250,9,8,delivery,k1")) == [(2, "row_key", "row_key_reused")]


def test_good_rows_are_applied_and_each_bad_one_is_told_with_its_place(staff: Caller, tea: int) -> None:
    at = store(staff)["id"]
    product(staff, sku="STALE", store_id=at)
    answer = sent(
        staff,
        "TEA-250,8,5,delivery,k1",
        "NONE,1,0,delivery,k2",
        "STALE,9,4,delivery,k3",
        ",9,4,delivery,k4",
        "A,-1,4.5,,",
        "B,1,0,delivery",
        "C,1,2,delivery,k5",
        "c,1,2,delivery,k6",
        f"D,1,2,{'x' * 201},{'y' * 91}",
        "E,1,2,delivery,k2",
    )
    assert faults(answer) == [
        (3, "row_key", "duplicate"),
        (4, "expected", "stale_stock"),
        (5, "sku", "required"),
        (6, "set_to", "invalid"),
        (6, "expected", "invalid"),
        (6, "reason", "required"),
        (6, "row_key", "required"),
        (7, "", "wrong_cells"),
        (8, "sku", "duplicate"),
        (9, "sku", "duplicate"),
        (10, "reason", "too_long"),
        (10, "row_key", "too_long"),
        (11, "row_key", "duplicate"),
    ]
    assert counts(answer) == (1, 0, 0, 9)
    assert stock(staff, tea) == (8, 8, 0)
    details = [fault["detail"] for fault in answer.json["errors"]]
    assert details[0] == "The same row_key stands in line 11. Keep one of them."
    assert details[1] == "The total is 5 now, not 4. Look at it again, then write 5 here."


def test_a_total_below_what_is_held_is_refused_for_its_row(staff: Caller, as_role: AsRole, tea: int) -> None:
    held(as_role("customer"), tea, 3)
    answer = sent(staff, "TEA-250,2,5,count,k1", "NONE,1,0,x,k2")
    assert faults(answer) == [(2, "set_to", "insufficient_stock"), (3, "sku", "unknown_sku")]
    assert answer.json["errors"][0]["detail"] == "3 are reserved, so the total cannot be 2."
    assert counts(sent(staff, "TEA-250,3,5,count,k1")) == (1, 0, 0, 0)
    assert stock(staff, tea) == (3, 0, 3)


def test_what_was_exported_and_edited_comes_back(staff: Caller, tea: int) -> None:
    other = product(staff, sku="=risky,\nname", store_id=store(staff)["id"])["id"]
    product(staff, sku="'-quoted", store_id=store(staff)["id"])
    answer = staff.get(EXPORT)
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert counts(posted(staff, answer.data)) == (0, 3, 0, 0)
    edited = answer.text.replace("TEA-250,5,", "TEA-250,7,").replace('name",5,', 'name",9,')
    assert "'=risky" in edited
    assert counts(posted(staff, edited.encode("utf-8-sig"))) == (2, 1, 0, 0)
    assert counts(posted(staff, edited.encode())) == (0, 1, 2, 0)
    assert (stock(staff, tea)[0], stock(staff, other)[0]) == (7, 9)


@pytest.mark.usefixtures("tea")
def test_an_export_equals_its_filter(staff: Caller) -> None:
    product(staff, sku="OTHER", store_id=store(staff)["id"])
    assert [line.partition(",")[0] for line in staff.get(f"{EXPORT}?q=oth").text.splitlines()] == ["sku", "OTHER"]


@pytest.mark.parametrize(
    "content",
    [
        b'\xef\xbb\xbfrow_key,reason,expected,set_to,sku\r\nk1,"two\r\nlines",5,8,TEA-250\r\n\r\n,,,,\r\n',
        b"SKU, Set_To ,expected,reason,row_key\n TEA-250 , 8 ,5,why,k1",
        b"sku,set_to,expected,reason,row_key\r'TEA-250',9,5,x,k0\rTEA-250,8,5,'=why,k1\r",
    ],
    ids=["a BOM, CRLF, any order, a quoted newline", "spaces and no last newline", "only CR, and an apostrophe"],
)
def test_files_are_read_as_spreadsheets_write_them(staff: Caller, tea: int, content: bytes) -> None:
    assert counts(posted(staff, content))[0] == 1
    assert stock(staff, tea)[0] == 8


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "missing: sku"),
        (b"sku;set_to;expected;reason;row_key\nA;1;0;x;k", "commas"),
        (b"sku,set_to,reason,row_key\n", "missing: expected"),
        (b"sku,set_to,expected,reason,row_key,price\n", "no column 'price'"),
        (b"sku,set_to,expected,reason,row_key,sku\n", "twice"),
        (HEADER.encode() + b"\nA,1,0,x\xff,k\n", "Line 2 is not UTF-8"),
        (HEADER.encode() + b"\nA,1,0,x\0,k\n", "Line 2 has a NUL"),
        (HEADER.encode() + b'\nA,1,0,"x,k\n', "quotes"),
        (HEADER.encode() + b"\n" + b"x" * 200_000, "too long"),
        (HEADER.encode() + b"\nA,1,0,x,k" * 10_001, "10,001 rows"),
    ],
)
def test_a_file_that_is_no_table_is_refused_whole_with_the_reason(staff: Caller, content: bytes, told: str) -> None:
    assert told in assert_problem(posted(staff, content), 422, "csv_unreadable")["detail"]


def test_another_type_or_size_of_body_is_refused(staff: Caller) -> None:
    assert_problem(staff.post(IMPORTS, json={}), 415, "csv_expected")
    assert_problem(posted(staff, b"x" * (1024 * 1024 + 1)), 413, "body_too_large")


def test_a_dry_run_is_no_replay_of_the_file_under_the_same_key(staff: Caller, tea: int) -> None:
    key = {"Idempotency-Key": "one"}
    assert sent(staff, "TEA-250,8,5,x,k1", dry_run=True, headers=key).json["dry_run"] is True
    assert_problem(sent(staff, "TEA-250,8,5,x,k1", headers=key), 422, "idempotency_mismatch")
    assert stock(staff, tea) == (5, 5, 0)


def test_ten_thousand_rows_are_checked_applied_once_and_each_bad_one_told(staff: Caller, sql: Any) -> None:
    at = store(staff)["id"]
    sql.execute(
        "WITH made AS (INSERT INTO products (store_id, sku, name, price)"
        " SELECT %s, 'SKU-' || n, 'P', 1 FROM generate_series(1, 9900) AS n RETURNING id),"
        " stocked AS (INSERT INTO product_stock SELECT id, 7, 7, 0 FROM made)"
        " INSERT INTO stock_movements (product_id, available_delta, reserved_delta, kind, cause, actor_name)"
        " SELECT id, 7, 0, 'created', 'created', 'x' FROM made",
        [at],
    )
    lines = [f"SKU-{n},{9 if n % 50 else 'nine'},7,delivery 4711,file-4711-row-{n}" for n in range(10_000, 0, -1)]
    bad = sorted(10_002 - n for n in range(1, 10_001) if n > 9900 or n % 50 == 0)
    for dry_run in (True, False):
        answer = sent(staff, *lines, dry_run=dry_run)
        assert counts(answer) == (9702, 0, 0, 298)
        assert [line for line, _, _ in faults(answer)] == bad
        sql.execute("SELECT sum(total), sum(available) FROM product_stock")
        assert sql.fetchone() == ((9900 * 7,) * 2 if dry_run else (9900 * 7 + 9702 * 2,) * 2)
    assert counts(sent(staff, *lines)) == (0, 0, 9702, 298)
    sql.execute("SELECT count(*), sum(available_delta) FROM stock_movements")
    assert sql.fetchone() == (9900 + 9702, 9900 * 7 + 9702 * 2)


def test_a_file_that_is_sent_ten_times_at_once_is_applied_once(app: HoldfastApp, staff: Caller, tea: int) -> None:
    product(staff, sku="OTHER", store_id=store(staff)["id"])
    lines = ["TEA-250,8,5,x,k1", "OTHER,9,5,x,k2"]

    def send(number: int) -> Any:
        client = Caller(app.test_client(), staff.user_id, staff.username, staff.token)
        return sent(client, *lines[:: 1 if number % 2 else -1])

    answers = [answer for answer in at_once(app, 10, send) if answer.status_code != 503]
    assert sum(answer.json["changed"] for answer in answers) == 2
    assert {answer.json["failed"] for answer in answers} == {0}
    assert (stock(staff, tea)[0], staff.get(f"{PRODUCTS}?q=OTHER").json["data"][0]["total_stock"]) == (8, 9)


@pytest.mark.usefixtures("tea")
def test_the_command_applies_a_file_and_says_what_it_could_not(app: HoldfastApp, staff: Caller, tmp_path: Any) -> None:
    file = tmp_path / "stock.csv"
    file.write_text(f"{HEADER}\nTEA-250,8,5,x,k1\nNONE,1,0,x,k2\n")
    for option, said in (("--dry-run", "1 would change"), (None, "1 changed"), (None, "1 skipped")):
        done = app.test_cli_runner().invoke(args=["stock", "import", str(file), *filter(None, [option])])
        assert done.exit_code == 1
        assert said in done.output
        assert "line 3, sku: There is no product with this SKU." in done.output
    assert staff.get(f"{PRODUCTS}?q=TEA").json["data"][0]["total_stock"] == 8
    file.write_text(f"{HEADER}\n")
    assert app.test_cli_runner().invoke(args=["stock", "import", str(file)]).exit_code == 0
    file.write_text("sku\n")
    assert "missing: set_to" in app.test_cli_runner().invoke(args=["stock", "import", str(file)]).output
