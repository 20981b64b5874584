"""Every list of the console without rows: nothing yet says what will stand there, no match leads out of the filter."""

import re

import pytest

from tests.api.conftest import AsRole
from tests.api.routes import routes
from tests.callers import Caller

# The list, what it says while there is nothing, a filter that nothing fits, and what it says then.
LISTS = {
    "/console/activations": ("No activations yet", "q=nobody", "No activation matches"),
    "/console/analytics": ("Nothing to analyse yet", "promo_id=999999999", "Nothing matches"),
    "/console/analytics/promos": ("Nothing to compare yet", "promo_id=999999999", "No such promo"),
    "/console/audit": ("No entries yet", "actor=nobody", "No entry matches"),
    "/console/customers": ("No customers yet", "q=nobody", "No customer matches"),
    "/console/emails": ("No mails yet", "q=nobody", "No mail matches"),
    "/console/offers": ("No offers yet", "q=nothing", "No offer matches"),
    "/console/ops/failed": ("No dead letters", "name=nothing", "No dead letter matches"),
    "/console/ops/jobs": ("No jobs yet", "state=dead", "No job matches"),
    "/console/orders": ("No orders yet", "q=nobody", "No order matches"),
    "/console/payments": ("Nothing is flagged", "kind=failed", "No failed refunds"),
    "/console/products": ("No products yet", "q=nothing", "No product matches"),
    "/console/promos": ("No promos yet", "q=nothing", "No promo matches"),
    "/console/reservations": ("No reservations yet", "sku=nothing", "No reservation matches"),
    "/console/reservations/promos": ("No promo reservations yet", "promo_id=999999999", "No reservation matches"),
    "/console/segments": ("No segments yet", "q=nothing", "No segment matches"),
    "/console/stores": ("No stores yet", "q=nowhere", "No store matches"),
}
# A field above or tabs lead out; there is nothing to clear.
TABBED = {"/console/analytics/promos", "/console/payments"}
# No lists: what they show is there from the first day, or they are a part of another page.
OTHERS = {
    "/console/",
    "/console/ops/health",
    "/console/ops/schedules",
    "/console/orders/news",
    "/console/promos/calendar",
    "/console/promos/products",
    "/console/search",
    "/console/settings/roles",
}
EMPTY = re.compile(
    r'<div class="empty">.*?<h2>(?P<title>[^<]+)</h2>\s*<p>(?P<text>[^<]+)</p>(?P<rest>.*?)</div>', re.DOTALL
)


def shown(caller: Caller, path: str) -> re.Match[str]:
    """What stands in place of the rows."""
    answer = caller.client.get(path)
    assert answer.status_code == 200
    found = EMPTY.search(answer.text)
    assert found, answer.text
    return found


@pytest.mark.parametrize("role", ["viewer", "operator"])
@pytest.mark.parametrize("path", LISTS)
def test_a_list_of_nothing_says_what_will_stand_there(as_role: AsRole, path: str, role: str) -> None:
    found = shown(as_role(role), path)
    assert (found["title"], found["text"].strip() != "") == (LISTS[path][0], True)


@pytest.mark.parametrize("path", LISTS)
def test_a_filter_that_nothing_fits_leads_out_of_itself(as_role: AsRole, path: str) -> None:
    _, query, title = LISTS[path]
    found = shown(as_role("viewer"), f"{path}?{query}")
    assert (found["title"], f'href="{path}' in found["rest"] or path in TABBED) == (title, True)


def test_every_list_is_walked() -> None:
    pages = {route.rule.rule for route in routes() if route.method == "GET" and str(route.access) == "viewer"}
    lists = {page for page in pages if page.startswith("/console/") and "<" not in page and "." not in page}
    assert lists - OTHERS == set(LISTS)
