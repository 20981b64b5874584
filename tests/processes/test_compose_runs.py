"""What docker-compose.yml starts, started here in its order: its commands and its environment as plain programs."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.processes.composed import DEMO, SHOP, Machine, machine
from tests.processes.stack import eventually

SECURE = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
API = "/api/v1"


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Machine]:
    with machine(tmp_path, 0, HOLDFAST_IMAGE="holdfast:previous", ACCESS_TOKEN_MINUTES="7") as made:
        yield made


@pytest.fixture
def tried(tmp_path: Path) -> Iterator[Machine]:
    with machine(tmp_path, 1) as made:
        yield made


def signed_in(shop: Machine, username: str, password: str) -> Any:
    login = {"username": username, "password": password}
    answer = requests.post(shop.url("web", f"{API}/auth/login"), json=login, headers=SECURE, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_services_start_in_their_order_work_together_and_end_in_time(deployed: Machine) -> None:
    deployed.prepare()
    for name in SHOP - {"migrate"}:
        deployed.start(name)
    for name in ("web", "web2", "live"):
        eventually(partial(deployed.is_healthy, name), f"{name} is healthy", 120)

    admin = signed_in(deployed, "admin", deployed.written["ADMIN_PASSWORD"])
    assert admin["expires_in"] == 7 * 60, "any setting may stand in .env"
    (dump,) = deployed.back_up()
    assert re.fullmatch(r"holdfast-\d{8}T\d{6}Z\.dump", dump.name)
    assert dump.read_bytes().startswith(b"PGDMP")
    eventually(lambda: deployed.figure('rq_workers{queue="quick"}') == 1, "a quick worker is there")
    eventually(lambda: deployed.figure('rq_workers{queue="heavy"}') == 1, "a heavy worker is there")
    eventually(
        lambda: deployed.figure('rq_jobs_total{job="inventory.watch_low_stock",status="done"}') > 0,
        "what is scheduled is done",
    )
    deployed.end_in_time()


def test_in_the_demo_an_order_is_paid_an_offer_activated_and_the_mails_are_caught(tried: Machine) -> None:
    tried.prepare()
    for name in (SHOP | DEMO) - {"migrate"}:
        tried.start(name)
    for name in {"web", "web2", *DEMO}:
        eventually(partial(tried.is_healthy, name), f"{name} is healthy", 120)
    headers = {"Authorization": f"Bearer {signed_in(tried, 'customer1', 'holdfast-demo')['access_token']}"} | SECURE
    ask = partial(requests.request, headers=headers, timeout=20)

    order = ordered(tried, ask)
    page = ask("POST", tried.url("web", f"{API}/orders/{order['id']}/payment")).json()["checkout_url"]
    assert page.startswith(tried.url("payments", "/pay/"))
    assert requests.post(page, {"choice": "pay"}, allow_redirects=False, timeout=20).status_code == 303
    offer = ask("GET", tried.url("web", f"{API}/offers")).json()["data"][0]["id"]
    wanted = ask("POST", tried.url("web", f"{API}/activation"), json={"offer_id": offer})
    assert wanted.status_code == 202, wanted.text

    place = tried.url("web", f"{API}/orders/{order['id']}")
    eventually(lambda: ask("GET", place).json()["payment_status"] == "paid", "the order is paid")
    name = wanted.json()["transaction_id"]
    eventually(lambda: name in effects(tried), "the partner heard of the activation")
    eventually(lambda: any(order["reference"] in mail for mail in subjects(tried)), "a mail of the order was caught")
    tried.end_in_time()


def ordered(shop: Machine, ask: Callable[..., requests.Response]) -> Any:
    """One unit of something that is there."""
    products = ask("GET", shop.url("web", f"{API}/products")).json()["data"]
    product = next(each["id"] for each in products if each["available_stock"] > 0)
    answer = ask("POST", shop.url("web", f"{API}/orders"), json={"items": [{"product_id": product, "quantity": 1}]})
    assert answer.status_code == 201, answer.text
    return answer.json()


def effects(shop: Machine) -> Any:
    """What the partner heard of, and how often it acted."""
    key = {"Authorization": f"Bearer {shop.written['PARTNER_KEY']}"}
    return requests.get(shop.url("partner", "/effects"), headers=key, timeout=10).json()["effects"]


def subjects(shop: Machine) -> list[str]:
    """What the caught mails are about."""
    caught = requests.get(shop.url("mail", "/api/messages"), timeout=10).json()["messages"]
    return [mail["subject"] for mail in caught]
