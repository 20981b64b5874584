"""A stock file in the console: checked first, then applied exactly as it was checked."""

import re
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api.browsing import csrf_token, sent
from tests.api.conftest import AsRole
from tests.api.made import PRODUCTS, shelf, stock
from tests.callers import Caller

PAGE = "/console/products"
HEADER = "sku,set_to,expected,reason,row_key\n"


@pytest.fixture
def four(staff: Caller) -> dict[str, int]:
    """Four products of two stores; one is off sale, two are low."""
    return shelf(staff)


def uploaded(client: FlaskClient, content: bytes, path: str = f"{PAGE}/import") -> Any:
    """The answer to a chosen file."""
    form = {"file": (BytesIO(content), "stock.csv"), "csrf_token": csrf_token(client, f"{PAGE}/import")}
    return client.post(path, data=form, content_type="multipart/form-data")


def sealed_in(answer: Any) -> str:
    """The file as the page carries it."""
    found = re.search(r'name="sealed" value="([^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


def test_a_file_is_checked_then_applied_as_it_was_checked(staff: Caller, as_role: AsRole, four: dict[str, int]) -> None:
    content = (
        HEADER.encode()
        + "SKU-Apple,9,5,a “good”\r\nreason,k1\nNO <b>,1,0,x,k2\n".replace(
            "a “good”\r\nreason", '"a “good”\r\nreason"'
        ).encode()
    )
    checked = uploaded(staff.client, content)
    assert "Apply 1 change" in checked.text
    assert "There is no product with this SKU." in checked.text
    assert stock(staff, four["Apple"])[0] == 5
    sealed = sealed_in(checked)
    other = as_role("operator", "other")
    for client, value in ((other.client, sealed), (staff.client, sealed[:-1]), (staff.client, "")):
        refused = sent(client, f"{PAGE}/import/apply", sealed=value)
        assert (refused.status_code, stock(staff, four["Apple"])[0]) == (422, 5)
    applied = [sent(staff.client, f"{PAGE}/import/apply", sealed=sealed).text for _ in range(2)]
    assert stock(staff, four["Apple"])[0] == 9
    assert "What was done" in applied[0]
    reasons = [row["reason"] for row in staff.get(f"{PRODUCTS}/{four['Apple']}/stock-movements").json["data"]]
    assert reasons == ["a “good”\r\nreason", "first stock"]


@pytest.mark.parametrize("content", [b"", b"sku;set_to\n", b"\xff\xfe"])
def test_a_file_that_is_no_table_is_told_on_the_page(staff: Caller, content: bytes) -> None:
    answer = uploaded(staff.client, content)
    assert answer.status_code == 422
    assert "The file cannot be read" in answer.text


def test_a_file_of_ten_thousand_rows_is_checked_and_applied(staff: Caller, four: dict[str, int]) -> None:
    rows = "".join(f"SKU-{n},9,7,delivery 4711,file-4711-row-{n}\n" for n in range(9999))
    checked = uploaded(staff.client, (HEADER + "SKU-Apple,9,5,x,k1\n" + rows).encode())
    assert checked.status_code == 200
    assert checked.text.count("There is no product with this SKU.") == 9999
    applied = sent(staff.client, f"{PAGE}/import/apply", sealed=sealed_in(checked))
    assert (applied.status_code, stock(staff, four["Apple"])[0]) == (200, 9)
