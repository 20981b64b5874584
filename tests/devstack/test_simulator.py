"""The payment simulator: asked twice it acts once, forgets nothing, and its messages come however they were told to."""

import json
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook

from tests.devstack.running import eventually
from tests.devstack.simulated import KEY, SECRET, Simulator, simulator


class Shop:
    """Takes messages, or refuses the first ones; keeps those whose signature is right."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals, self.told = refusals, list[dict[str, Any]]()
        shop = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told = Webhook(SECRET).verify(body, dict(self.headers))
                assert told["event_id"] == self.headers["webhook-id"]
                shop.told.append(told)
                shop.refusals -= 1
                self.send_response(500 if shop.refusals >= 0 else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def provider(tmp_path: Path, shop: Shop) -> Iterator[Simulator]:
    with simulator(tmp_path / "payments", shop.url) as made:
        yield made


def refund(provider: Simulator, event: dict[str, Any], amount: str, name: str) -> requests.Response:
    asked = {"refund_id": name, "reference": event["reference"], "payment_id": event["payment_id"]}
    answer = provider.ask("POST", "refunds", asked | {"amount": amount, "currency": "EUR"}, key=name)
    assert isinstance(answer, requests.Response)
    return answer


def test_a_checkout_is_one_page_for_one_key(provider: Simulator) -> None:
    first, again, other = provider.open("ORD-1"), provider.open("ORD-1"), provider.open("ORD-2")
    assert first == again
    assert first["id"] != other["id"]
    page = requests.get(first["url"], timeout=10)
    assert "Pay 39.80 EUR" in page.text


def test_a_payment_is_told_signed_and_again_until_it_is_taken(provider: Simulator, shop: Shop) -> None:
    shop.refusals = 2
    provider.open("ORD-1")
    event = provider.pay("ORD-1")
    eventually(lambda: len(shop.told) == 3, "it was told three times")
    assert shop.told == [event] * 3
    assert event.keys() == {"event_id", "reference", "status", "amount", "currency", "payment_id"}
    assert provider.events("ORD-1") == [("success", "39.80")]


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"choice": "pay"}, ("success", "39.80")),
        ({"choice": "decline"}, ("failed", "39.80")),
        ({"choice": "wrong", "amount": "39.79"}, ("success", "39.79")),
    ],
)
def test_a_person_pays_on_the_page(
    provider: Simulator, shop: Shop, form: dict[str, str], told: tuple[str, str]
) -> None:
    page = provider.open("ORD-1")["url"]
    answer = requests.post(page, form, timeout=10)
    assert (answer.status_code, "What happened" in answer.text) == (200, True)
    eventually(lambda: shop.told, "it was told")
    assert provider.events("ORD-1") == [told]


def test_the_page_leads_back_to_the_shop(provider: Simulator) -> None:
    asked = {"reference": "ORD-1", "amount": "1.00", "currency": "EUR", "return_url": "https://shop.example/thanks?a=b"}
    page = provider.ask("POST", "checkouts", asked, key="ORD-1").json()["url"]
    answer = requests.post(page, {"choice": "pay"}, timeout=10, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://shop.example/thanks?a=b")


@pytest.mark.parametrize("amount", ["free", "-1", "0", "NaN", "1e99", ""])
def test_what_is_no_amount_is_not_paid(provider: Simulator, amount: str) -> None:
    page = provider.open("ORD-1")["url"]
    answer = requests.post(page, {"choice": "wrong", "amount": amount or "x"}, timeout=10)
    assert (answer.status_code, "is no amount" in answer.text) == (422, True)
    assert provider.events("ORD-1") == []


def test_a_refund_is_made_once_for_each_key_and_never_beyond_the_payment(provider: Simulator, shop: Shop) -> None:
    provider.open("ORD-1")
    event = provider.pay("ORD-1")
    first, again = refund(provider, event, "30.00", "r1"), refund(provider, event, "30.00", "r1")
    assert (first.status_code, first.json()) == (201, again.json())
    beyond = refund(provider, event, "9.81", "r2")
    assert (beyond.status_code, beyond.json()) == (422, {"detail": "9.80 can be paid back."})
    eventually(lambda: len(shop.told) == 2, "both are told")
    assert provider.events("ORD-1") == [("success", "39.80"), ("refunded", "30.00")]
    assert {event.get("refund_id") for event in shop.told} == {None, "r1"}


def test_refunds_are_refused_while_it_is_told_so(provider: Simulator) -> None:
    provider.open("ORD-1")
    event = provider.pay("ORD-1")
    provider.behave(refuse_refunds=True)
    assert refund(provider, event, "1.00", "r1").status_code == 422
    provider.behave(refuse_refunds=False)
    assert refund(provider, event, "1.00", "r1").status_code == 422  # the key knows its answer
    assert refund(provider, event, "1.00", "r2").status_code == 201


def test_what_was_told_to_nobody_is_told_after_a_kill_and_all_else_is_known(provider: Simulator, shop: Shop) -> None:
    page = provider.open("ORD-1")
    shop.refusals = 1_000_000
    event = provider.pay("ORD-1")
    eventually(lambda: shop.told, "it was told in vain")
    provider.end(signal.SIGKILL)
    with (provider.folder / "ledger.jsonl").open("ab") as journal:
        journal.write(b'{"kind": "ev')  # the line at which it died
    shop.told.clear()
    shop.refusals = 0
    provider.start()
    eventually(lambda: shop.told, "it is told again")
    assert shop.told[0] == event
    assert provider.open("ORD-1") == page
    provider.pay("ORD-1")
    provider.end()
    provider.start()
    assert provider.events("ORD-1") == [("success", "39.80")] * 2


def test_messages_are_told_twice_late_and_in_disorder_or_never(provider: Simulator, shop: Shop) -> None:
    provider.behave(loss=1)
    provider.open("ORD-0")
    provider.pay("ORD-0")
    provider.behave(loss=0, duplicates=2, disorder=0.5, delay=0.1)
    for number in range(1, 11):
        provider.open(f"ORD-{number}")
        provider.pay(f"ORD-{number}")
    eventually(lambda: len(shop.told) == 30, "all are told")
    order = [event["reference"] for event in shop.told]
    assert Counter(order) == {f"ORD-{number}": 3 for number in range(1, 11)}
    assert order != sorted(order, key=lambda name: int(name[4:]))
    assert provider.events("ORD-0") == [("success", "39.80")]


@pytest.mark.parametrize("acts", [True, False])
@pytest.mark.parametrize("answers", ["error", "drop", "nonsense"])
def test_a_call_that_is_answered_badly_acts_or_does_not(provider: Simulator, answers: str, acts: bool) -> None:
    provider.open("ORD-1")
    event = provider.pay("ORD-1")
    provider.behave(answers=answers, acts=acts)
    try:
        answer = refund(provider, event, "1.00", "r1")
        assert answer.status_code == {"error": 500, "nonsense": 200}[answers]
    except requests.ConnectionError:
        assert answers == "drop"
    provider.behave(answers="well")
    assert provider.events("ORD-1") == [("success", "39.80")] + [("refunded", "1.00")] * acts


def test_settings_of_the_start_decide_how_it_behaves(tmp_path: Path, shop: Shop) -> None:
    with simulator(tmp_path / "payments", shop.url, SIMULATOR_LOSS="0.25", SIMULATOR_REFUSE_REFUNDS="1") as made:
        behaviour = made.ask("GET", "behaviour").json()
        assert (behaviour["loss"], behaviour["refuse_refunds"], behaviour["hang"]) == (0.25, True, 0)
        for wrong in ({"loss": "much"}, {"lost": 1}, {"answers": "never"}, {"hang": -1}):
            assert made.ask("POST", "behaviour", wrong).status_code == 400


def test_only_our_key_acts_and_only_its_own_page_pays(provider: Simulator) -> None:
    page = provider.open("ORD-1")["url"]
    for path in ("checkouts", "refunds", "payments/ORD-1", "behaviour"):
        wrong = {"Authorization": f"Bearer {KEY}x"}
        assert provider.ask("POST", path, {}, key="k", headers=wrong).status_code == 401
    assert requests.get(f"{provider.url}/payments/ORD-1", timeout=10).status_code == 401
    rebound, foreign = {"Host": "evil.example"}, {"Origin": "https://evil.example"}
    assert requests.get(page, headers=rebound, timeout=10).status_code == 421
    for headers in (rebound, foreign):
        assert requests.post(page, {"choice": "pay"}, headers=headers, timeout=10).status_code == 403
    assert provider.events("ORD-1") == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("checkouts", b"{"),
        ("checkouts", b"[]"),
        ("checkouts", b'{"reference": 5}'),
        ("checkouts", b'{"reference": "ORD-1", "amount": "NaN", "currency": "EUR"}'),
        ("refunds", b'{"refund_id": "r", "reference": "ORD-9", "amount": "x", "currency": "EUR"}'),
        ("payments/ORD-1", b'{"amount": {}}'),
        ("payments/ORD-1", b'{"duplicates": "many"}'),
        ("behaviour", b'{"duplicates": []}'),
    ],
)
def test_what_cannot_be_read_is_refused(provider: Simulator, path: str, body: bytes) -> None:
    provider.open("ORD-1")
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "k"}
    answer = requests.post(f"{provider.url}/{path}", body, headers=headers, timeout=10)
    assert answer.status_code in {400, 422}, answer.text
    assert json.loads(answer.text)["detail"]


def test_hostile_words_are_escaped_in_the_pages(provider: Simulator) -> None:
    page = provider.open("<img src=x onerror=alert(1)>")["url"]
    for address in (page, provider.url):
        shown = requests.get(address, timeout=10)
        assert "<img" not in shown.text
        assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_body_that_never_comes_keeps_nobody_else_waiting(provider: Simulator) -> None:
    with socket.create_connection(("127.0.0.1", int(provider.url.rpartition(":")[2])), timeout=10) as line:
        line.sendall(b"POST /checkouts HTTP/1.0\r\nContent-Length: 50\r\n\r\n")
        assert provider.open("ORD-1")["id"]


def test_sigterm_ends_it(provider: Simulator) -> None:
    provider.process.send_signal(signal.SIGTERM)
    eventually(lambda: provider.process.poll() is not None, "the simulator has ended", 10)
    assert provider.process.returncode == 0
    assert not os.path.exists(f"/proc/{provider.process.pid}")  # noqa: PTH110 - a process, not a file of ours
