"""What a replica may answer is marked, and a second hand lists it: nothing else is ever read from one."""

from flask import Flask

from app.core.edge import SAFE

# Not among them: what somebody has to see just after changing it (lists and pages of objects), what decides (holds,
# money, eligibility), and /stats, which promises to be exact at this instant.
MARKED = {
    "analytics.compare_promos",
    "analytics.export_analytics",
    "analytics.show_analytics",
    "audit.list_audit_log",
    "audit_console.export",
    "audit_console.index",
    "buys_console.analytics.compare",
    "buys_console.analytics.export",
    "buys_console.analytics.export_comparison",
    "buys_console.analytics.index",
    "customers_console.customers.export",
    "inventory_console.products.export",
    "inventory_console.products.export_stock",
    "inventory_console.reservations.export",
    "offers_console.activations.export",
    "offers_console.offers.export",
    "orders_console.orders.export",
    "promos_console.holds.export",
    "promos_console.promos.export",
    "reports.daily_report",
    "stock-files.export_stock",
    "stores_console.export",
}


def marked(app: Flask) -> set[str]:
    return {name for name, view in app.view_functions.items() if getattr(view, "unit", "") == "report"}


def test_a_replica_answers_exactly_what_is_listed(app: Flask) -> None:
    assert marked(app) == MARKED


def test_what_a_replica_answers_changes_nothing(app: Flask) -> None:
    methods = {rule.endpoint: rule.methods or set() for rule in app.url_map.iter_rules()}
    assert {name for name in marked(app) if not methods[name] <= SAFE} == set()
