"""The shop and its provider over real HTTP: whatever the provider does, nothing is lost and nothing is done twice."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from app.core.web import HoldfastApp, settings_of
from app.payments.service.providers import turn
from tests.api.made_orders import ORDERS, placed
from tests.api.misbehaving import misbehaving, trickles
from tests.api.problem import assert_problem
from tests.api.provided import Shop, provided
from tests.api.worked import tick, work_off
from tests.callers import Caller
from tests.devstack.simulated import Simulator, simulator

pytestmark = pytest.mark.usefixtures("sound")

LOST = "http://127.0.0.1:9/"  # nobody listens there: messages come by hand
MOODS = [{"hang": 10}, {"answers": "error"}, {"answers": "drop"}, {"answers": "nonsense"}]
ASKED_LONG_AGO = "UPDATE payments SET asked_at = clock_timestamp() - interval '1 h'"
DUE = "UPDATE jobs SET due_at = clock_timestamp(), attempts = 0 WHERE state = 'queued'"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with simulator(tmp_path_factory.mktemp("provider") / "payments", LOST) as made:
        yield made


@pytest.fixture
def provider(app: HoldfastApp, running: Simulator) -> Iterator[Simulator]:
    running.behave(hang=0, answers="well", acts=False, refuse_refunds=False)
    with provided(app, running.settings, payment_timeout_seconds=3.0):
        yield running


@pytest.fixture
def order(anna: Caller, tea: int) -> dict[str, Any]:
    made: dict[str, Any] = placed(anna, (tea, 2)).json
    return made


@pytest.fixture
def shop(provider: Simulator, anna: Caller, staff: Caller, order: dict[str, Any], sql: Any) -> Shop:
    return Shop(provider, anna, staff, order, sql)


def test_the_page_of_the_provider_is_asked_for_once_and_kept(shop: Shop) -> None:
    first = shop.checkout()
    assert (first.status_code, first.json["provider"]) == (200, "generic")
    assert first.json["checkout_url"].startswith(f"{shop.provider.url}/pay/")
    shop.provider.behave(answers="error")
    assert shop.checkout().json == first.json


def test_an_order_is_paid_at_the_provider(app: HoldfastApp, shop: Shop) -> None:
    shop.pay(app)
    assert shop.shown() == ("CONFIRMED", "paid", "0.00")
    assert_problem(shop.checkout(), 409, "order_not_payable")


@pytest.mark.parametrize("acts", [True, False])
@pytest.mark.parametrize("mood", MOODS, ids=str)
def test_a_provider_that_does_not_answer_well_costs_a_503_and_the_next_try_works(
    shop: Shop, mood: dict[str, Any], acts: bool
) -> None:
    shop.provider.behave(acts=acts, **mood)
    answer = shop.checkout()
    assert_problem(answer, 503, "payment_provider_unavailable")
    assert answer.headers["Retry-After"] == "2"
    assert shop.ask("SELECT checkout_id, checkout_url FROM payments") == [(None, None)]
    shop.provider.behave(hang=0, answers="well")
    assert len({shop.checkout().json["checkout_url"] for _ in range(2)}) == 1


def test_while_two_wait_for_the_provider_a_third_is_refused_and_all_else_is_answered(
    app: HoldfastApp, shop: Shop
) -> None:
    settings = settings_of(app)
    with turn(settings), turn(settings):
        assert_problem(shop.checkout(), 503, "payment_provider_unavailable")
        assert shop.shown() == ("PENDING", "unpaid", "0.00")
        assert placed(shop.anna, (shop.order["items"][0]["product_id"], 1)).status_code == 201
    assert shop.checkout().status_code == 200


@pytest.mark.parametrize("mood", MOODS, ids=str)
def test_a_place_in_which_one_waited_in_vain_is_free_again(shop: Shop, mood: dict[str, Any]) -> None:
    shop.provider.behave(**mood)
    for _ in range(3):
        assert_problem(shop.checkout(), 503, "payment_provider_unavailable")
    shop.provider.behave(hang=0, answers="well")
    assert shop.checkout().status_code == 200


def test_a_refund_is_made_once_at_the_provider(app: HoldfastApp, shop: Shop) -> None:
    shop.pay(app)
    shop.staff.post(f"{ORDERS}/{shop.order['id']}/cancel")
    work_off(app, "payments.send_refund")
    assert shop.shown() == ("CANCELLED", "refunded", "39.80")
    # As if the commit after the provider's answer had been lost.
    shop.sql.execute("UPDATE refunds SET state = 'requested', ended_at = NULL")
    shop.sql.execute("UPDATE jobs SET state = 'queued', finished_at = NULL WHERE name = 'payments.send_refund'")
    shop.sql.execute(DUE)
    work_off(app, "payments.send_refund")
    assert shop.refunds() == [("succeeded", "39.80")]
    assert shop.events() == [("success", "39.80"), ("refunded", "39.80")]


def test_a_refund_that_the_provider_refuses_has_failed_and_can_be_tried_again(app: HoldfastApp, shop: Shop) -> None:
    shop.pay(app)
    shop.provider.behave(refuse_refunds=True)
    place = shop.give_back(app)
    assert shop.refunds() == [("failed", "9.80")]
    assert shop.shown() == ("CONFIRMED", "paid", "0.00")
    shop.provider.behave(refuse_refunds=False)
    ((failed, error),) = shop.ask("SELECT id::text, error FROM refunds")
    assert "Refunds are refused here." in error
    assert shop.staff.post(f"{place}/{failed}/retry").status_code == 200
    work_off(app, "payments.send_refund")
    assert shop.refunds() == [("failed", "9.80"), ("succeeded", "9.80")]
    assert shop.events() == [("success", "39.80"), ("refunded", "9.80")]


@pytest.mark.parametrize("acts", [True, False])
@pytest.mark.parametrize("mood", MOODS, ids=str)
def test_a_refund_of_which_nobody_knows_is_asked_for_again_and_made_once(
    app: HoldfastApp, shop: Shop, mood: dict[str, Any], acts: bool
) -> None:
    shop.pay(app)
    shop.provider.behave(acts=acts, **mood)
    shop.give_back(app)
    assert shop.refunds() == [("requested", "9.80")]
    shop.provider.behave(hang=0, answers="well")
    shop.sql.execute(DUE)
    work_off(app, "payments.send_refund")
    assert shop.refunds() == [("succeeded", "9.80")]
    assert shop.events() == [("success", "39.80"), ("refunded", "9.80")]


def test_a_message_that_was_lost_is_asked_for_and_coming_late_changes_nothing(app: HoldfastApp, shop: Shop) -> None:
    shop.checkout()
    event = shop.provider.pay(shop.order["reference"])
    assert tick(app, "payments.reconcile") == 0
    shop.sql.execute(ASKED_LONG_AGO)
    assert tick(app, "payments.reconcile") == 1
    work_off(app, "payments.ask_provider", "payments.settle")
    assert shop.shown() == ("CONFIRMED", "paid", "0.00")
    shop.hear(app, event)
    told = shop.ask("SELECT (SELECT count(*) FROM captures), repeats, is_contradicted FROM webhook_events")
    assert told == [(1, 1, False)]
    shop.sql.execute(ASKED_LONG_AGO)
    assert tick(app, "payments.reconcile") == 0


@pytest.mark.parametrize("mood", MOODS, ids=str)
def test_a_provider_that_cannot_be_asked_changes_nothing(app: HoldfastApp, shop: Shop, mood: dict[str, Any]) -> None:
    shop.checkout()
    shop.provider.pay(shop.order["reference"])
    shop.provider.behave(**mood)
    shop.sql.execute(ASKED_LONG_AGO)
    tick(app, "payments.reconcile")
    work_off(app, "payments.ask_provider", "payments.settle")
    assert shop.shown() == ("PENDING", "unpaid", "0.00")
    shop.provider.behave(hang=0, answers="well")
    shop.sql.execute(DUE)
    work_off(app, "payments.ask_provider", "payments.settle")
    assert shop.shown() == ("CONFIRMED", "paid", "0.00")


def test_the_command_lets_the_simulator_pay(app: HoldfastApp, shop: Shop) -> None:
    def run(*arguments: str) -> Any:
        return app.test_cli_runner().invoke(args=["demo", "pay", *arguments])

    ref = shop.order["reference"]
    done = run(ref, "--fail"), run(ref, "--amount", "1"), run(ref, "--duplicates", "2")
    assert [(each.exit_code, each.output) for each in done] == [
        (0, f"{ref}: failed 39.80 EUR\n"),
        (0, f"{ref}: success 1.00 EUR\n"),
        (0, f"{ref}: success 39.80 EUR, told 3 times\n"),
    ]
    assert shop.events() == [("failed", "39.80"), ("success", "1.00"), ("success", "39.80")]
    for wrong, words in ((["ORD-NOBODY"], "There is no order"), ([ref, "--amount", "free"], "is no amount")):
        refused = run(*wrong)
        assert (refused.exit_code, words in refused.output) == (1, True)


def test_the_command_says_what_to_do_when_no_simulator_runs(app: HoldfastApp, order: dict[str, Any]) -> None:
    gone = {"PAYMENT_PROVIDER": "generic", "PAYMENT_PROVIDER_URL": LOST, "PAYMENT_PROVIDER_KEY": "x"}
    for environ in (gone, {}):
        with provided(app, environ):
            refused = app.test_cli_runner().invoke(args=["demo", "pay", order["reference"]])
        assert (refused.exit_code, "make run" in refused.output) == (1, True)


def test_a_provider_that_answers_a_byte_at_a_time_keeps_nobody_waiting(
    app: HoldfastApp, anna: Caller, order: dict[str, Any]
) -> None:
    never, start = threading.Event(), b"HTTP/1.1 201 Created\r\nContent-Length: 60000\r\n\r\n"
    with misbehaving(trickles(start, b" ", never)) as line:
        settings = {"PAYMENT_PROVIDER": "generic", "PAYMENT_PROVIDER_URL": line.url, "PAYMENT_PROVIDER_KEY": "k" * 32}
        with provided(app, settings, payment_timeout_seconds=0.5):
            answer = anna.post(f"{ORDERS}/{order['id']}/payment")
        assert_problem(answer, 503, "payment_provider_unavailable")
        assert line.gone.wait(10), "the line is cut"
        never.set()
