"""A real Prometheus watches an evening in the shop: panels, rules and alerts have data, and it is what SQL says."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.monitored import ALERTS, RECORDS, TARGETS
from tests.processes.evening import Evening, evening_of
from tests.processes.prometheus import Labels, Prometheus, prometheus_of
from tests.processes.stack import Stack, eventually

TOKEN = "only Prometheus knows it"
PLACES = ("web:8000", "web2:8000", "live:8028")
TARGET_DOWN = next(rule for rule in ALERTS if rule["alert"] == "TargetDown")
# How fast a machine is says nothing about the stack.
OF_SPEED = {"SlowRequests", "SlowOrders"}
COUNTED = {
    'orders_created_total{status="created"}': "SELECT count(*) FROM orders",
    'order_value_total{payment_status="unpaid"}': "SELECT sum(total) FROM orders",
    'order_value_total{payment_status="paid"}': "SELECT sum(amount) FROM captures WHERE kind = 'accepted'",
    'order_value_total{payment_status="refunded"}': "SELECT sum(amount) FROM refunds WHERE state = 'succeeded'",
    "payment_webhook_processed_total": "SELECT count(*) FROM webhook_events WHERE state = 'settled'",
    'promo_reservations_total{result="held"}': "SELECT count(*) FROM promo_holds",
    'promo_reservations_total{result="completed"}': "SELECT count(*) FROM promo_holds WHERE state = 'completed'",
    'promo_reservations_total{result="held_by_others"}': (
        "SELECT sum(refusals) FROM promo_refusals WHERE code = 'held_by_others'"
    ),
    'activation_requests_total{status="pending"}': "SELECT count(*) FROM activations",
    'activation_requests_total{status="success"}': "SELECT count(*) FROM activations WHERE status = 'SUCCESS'",
    'activation_requests_total{status="failed"}': "SELECT count(*) FROM activations WHERE status = 'FAILED'",
    'notifications_total{channel="in_app"}': "SELECT count(*) FROM notifications WHERE suppressed IS NULL AND in_app",
    "buys_total": "SELECT count(*) FROM buys",
    'rq_jobs_total{status="done",exported_job=~"(payments|offers|promos|mail)..*"}': (
        "SELECT count(*) FROM jobs WHERE state = 'done' AND name ~ '^(payments|offers|promos|mail)[.]'"
    ),
    'rq_jobs_total{status="done",exported_job="promos.notify_range"}': (
        "SELECT count(*) FROM jobs WHERE state = 'done' AND name = 'promos.notify_range'"
    ),
    'flask_http_request_duration_seconds_count{url_rule="/api/v1/activation",status="202"}': (
        "SELECT count(*) FROM activations"
    ),
}
STATE = {
    "active_orders_total": "SELECT count(*) FROM orders WHERE status = 'PENDING'",
    "low_stock_products_total": """
        SELECT count(*) FROM product_stock AS s JOIN products AS p ON p.id = s.product_id
        JOIN stores ON stores.id = p.store_id
        WHERE p.is_active AND stores.is_active AND s.available < p.low_stock_threshold
    """,
    'promos{status="running"}': """
        SELECT count(*) FROM promos WHERE activated_at IS NOT NULL AND ended_at IS NULL AND archived_at IS NULL
            AND clock_timestamp() BETWEEN starts_at AND ends_at
    """,
    'holdfast_jobs{state="dead"}': "SELECT count(*) FROM jobs WHERE state = 'dead'",
    'payment_messages{state="flagged"}': "SELECT count(*) FROM webhook_events WHERE state = 'flagged'",
    "holdfast_database_size_bytes > bool 1000000": "SELECT 1",
    "sum(rq_workers)": "SELECT 2",
}


@dataclass(frozen=True)
class Watched:
    """An evening, who watched it, and what the database had before."""

    evening: Evening
    prometheus: Prometheus
    before: dict[str, float]

    def since(self, statement: str) -> float:
        """By how much a figure of the database has grown."""
        return counted(self.evening.web, statement) - self.before[statement]


def counted(web: Stack, statement: str) -> float:
    ((figure,),) = web.sql(statement)
    return float(figure or 0)


@pytest.fixture(scope="module")
def watched(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Everything happens twice: a figure that appears with its first event has grown by the second."""
    folder = tmp_path_factory.mktemp("evening")
    with evening_of(stack, folder, METRICS_TOKEN=TOKEN) as evening:
        before = {statement: counted(evening.web, statement) for statement in COUNTED.values()}
        evening.begins()
        places = dict.fromkeys(PLACES, f"127.0.0.1:{evening.web.port}")
        places["live:8028"] = f"127.0.0.1:{evening.live.port}"
        with prometheus_of(folder / "prometheus", places, TOKEN) as prometheus:
            for _ in range(2):
                evening.goes_on()
                prometheus.until_it_has_seen_all()
            yield Watched(evening, prometheus, before)


def test_who_is_gone_even_from_dns_is_a_target_that_is_down(tmp_path: Path) -> None:
    """A container that was stopped has no name any more; `.invalid` never has one."""
    places = {place: place.replace(":", ".invalid:") for place in PLACES}

    def down() -> set[str]:
        told = prometheus.told("query", query=TARGET_DOWN["expr"])["result"]
        return {each["metric"]["instance"] for each in told}

    with prometheus_of(tmp_path / "prometheus", places, TOKEN) as prometheus:
        eventually(lambda: down() == set(places.values()), "each is told as down")


@pytest.mark.parametrize("name", TARGETS)
def test_a_panel_shows_something_and_each_line_has_its_name(watched: Watched, name: str) -> None:
    target = TARGETS[name]
    found = shown(watched, target["expr"])
    named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
    assert not named & {"job", "instance"}, "Prometheus calls its targets so"
    assert all(named <= dict(labels).keys() for labels in found)


@pytest.mark.parametrize("rule", RECORDS, ids=lambda rule: f"{rule['record']} {rule.get('labels', '')}")
def test_a_figure_that_panels_share_is_made(watched: Watched, rule: dict[str, Any]) -> None:
    labels = "".join(f',{name}="{value}"' for name, value in rule.get("labels", {}).items())
    assert shown(watched, rule["expr"])
    assert shown(watched, f'{{__name__="{rule["record"]}"{labels}}}')


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_looks_at_something_that_is_there(watched: Watched, rule: dict[str, str]) -> None:
    looked_at = re.sub(r"^absent\((.*)\)$|\s[<>=]+\s[\d.]+$", r"\1", rule["expr"])
    assert looked_at != rule["expr"]
    assert shown(watched, looked_at)


def test_no_rule_fails_and_the_one_alert_is_of_the_partner_who_refuses_one_in_four(watched: Watched) -> None:
    def active() -> set[str]:
        return {rule["name"] for rule in watched.prometheus.rules() if rule.get("state", "inactive") != "inactive"}

    eventually(lambda: active() - OF_SPEED == {"ActivationsFailing"}, "only what is so is told")
    rules = watched.prometheus.rules()
    assert {rule["health"] for rule in rules} == {"ok"}
    assert len(rules) == len(ALERTS) + len(RECORDS)


@pytest.mark.parametrize("figure", COUNTED)
def test_what_was_counted_is_what_the_database_has_more(watched: Watched, figure: str) -> None:
    assert watched.since(COUNTED[figure]) > 0
    agrees(watched, f"sum({figure})", lambda: watched.since(COUNTED[figure]))


@pytest.mark.parametrize("figure", STATE)
def test_state_is_what_the_database_says(watched: Watched, figure: str) -> None:
    agrees(watched, f"max({figure})", lambda: counted(watched.evening.web, STATE[figure]))


def shown(watched: Watched, query: str) -> dict[Labels, float]:
    """What a query answers; a process that could not be scraped in time is scraped again."""
    found: dict[Labels, float] = {}

    def answers() -> bool:
        found.update(watched.prometheus.ask(query))
        return bool(found)

    eventually(answers, f"{query} answers")
    return found


def agrees(watched: Watched, query: str, wanted: Callable[[], float]) -> None:
    eventually(lambda: watched.prometheus.figure(query) == pytest.approx(wanted()), f"{query} is {wanted()}")
