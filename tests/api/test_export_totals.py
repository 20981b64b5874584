"""A file that is sent while it is read says beforehand how many rows it will have, also beyond what a list counts."""

from typing import Any

import pytest

from tests.api.browsing import exported
from tests.api.conftest import AsRole
from tests.api.made_customers import customer
from tests.callers import Caller

EXPORTS = (
    "/console/activations/export.csv",
    "/console/audit/export.csv",
    "/console/customers/export.csv",
    "/console/orders/export.csv",
    "/console/reservations/export.csv",
    "/console/reservations/promos/export.csv",
)
MANY = """
    INSERT INTO audit_log (actor_name, action, source, object_type, object_id, request_id, old, new)
    SELECT 'many', 'order.paid', 'api', 'order', n::text, 'q', '{}', '{}' FROM generate_series(1, 10050) AS n
"""


@pytest.mark.parametrize("path", EXPORTS)
def test_the_total_is_the_number_of_rows(as_role: AsRole, path: str) -> None:
    viewer = as_role("viewer")
    customer(as_role("operator"))
    assert int(viewer.client.get(path).headers["X-Total-Rows"]) == len(exported(viewer.client, path))


def test_the_total_goes_beyond_what_a_list_counts(staff: Caller, sql: Any) -> None:
    sql.execute(MANY)
    path = "/console/audit/export.csv?actor=many"
    assert staff.client.get(path).headers["X-Total-Rows"] == "10050"
    assert len(exported(staff.client, path)) == 10_050
