"""The partner simulator: one effect for each transaction, whatever it answers, however often it is asked or killed."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.devstack.partnered import KEY, Partner, partner
from tests.devstack.running import eventually

BADLY = ["error", "drop", "nonsense"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partner]:
    with partner(tmp_path_factory.mktemp("partner") / "kept") as made:
        yield made


@pytest.fixture
def there(running: Partner) -> Partner:
    running.behave_well()
    return running


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Partner]:
    """One that may be killed."""
    with partner(tmp_path / "kept", PARTNER_SUCCESS_RATE="1") as made:
        yield made


@pytest.fixture
def name() -> str:
    return str(uuid4())


def test_the_same_id_is_answered_alike_and_applied_once(there: Partner, name: str) -> None:
    first, again = there.activate(name), there.activate(name)
    assert (first.status_code, first.json()["status"], first.json()["transaction_id"]) == (201, "succeeded", name)
    assert first.json()["reference"]
    assert (again.status_code, again.json()) == (201, first.json())
    assert there.ask("GET", f"activations/{name}").json() == first.json()
    assert there.effects()[name] == 1


def test_twenty_who_ask_at_once_under_one_id_have_one_effect(there: Partner, name: str) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: there.activate(name), range(20)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert there.effects()[name] == 1


@pytest.mark.parametrize("change", [{"amount": "9.91"}, {"offer": "Silver"}, {"customer_id": 8}, {"duration_days": 31}])
def test_another_body_under_a_known_id_is_a_conflict_and_changes_nothing(
    there: Partner, name: str, change: dict[str, Any]
) -> None:
    there.activate(name)
    answer = there.activate(name, **change)
    assert (answer.status_code, answer.json()["detail"]) == (409, "Another activation has this transaction_id.")
    assert (there.status(name), there.effects()[name]) == ("succeeded", 1)


def test_a_refusal_has_a_reason_no_effect_and_stays(there: Partner, name: str) -> None:
    there.behave(success_rate=0)
    refused = there.activate(name)
    assert (refused.status_code, refused.json()["status"]) == (422, "refused")
    assert refused.json()["reason"]
    there.behave(success_rate=1)
    assert (there.activate(name).status_code, there.status(name), there.effects()[name]) == (422, "refused", 0)


def test_three_of_four_succeed_and_the_id_decides_which(there: Partner) -> None:
    names = [str(uuid4()) for _ in range(200)]
    there.behave(success_rate=0.75, answers="error")
    assert {there.activate(name).status_code for name in names[:20]} == {500}
    there.behave(answers="well")
    with ThreadPoolExecutor(8) as pool:
        found = [answer.status_code for answer in pool.map(there.activate, names)]
    # By chance less than one in a billion lies outside.
    assert 110 < found.count(201) < 188
    assert found.count(201) + found.count(422) == 200


def test_who_was_never_heard_of_is_absent(there: Partner, name: str) -> None:
    answer = there.ask("GET", f"activations/{name}")
    assert (answer.status_code, answer.json()) == (404, {"transaction_id": name, "status": "absent"})
    assert name not in there.effects()


@pytest.mark.parametrize("acts", [True, False])
@pytest.mark.parametrize("answers", BADLY)
def test_an_activation_that_is_answered_badly_has_its_effect_or_none(
    there: Partner, name: str, answers: str, acts: bool
) -> None:
    there.behave(answers=answers, acts=acts)
    try:
        answer = there.activate(name)
        assert answer.status_code == {"error": 500, "nonsense": 200}[answers]
    except requests.ConnectionError:
        assert answers == "drop"
    if acts:
        eventually(lambda: name in there.effects(), "it has its effect")
    assert there.effects().get(name, 0) == acts
    assert there.status(name) == ("succeeded" if acts else "absent")
    there.behave(answers="well")
    assert there.activate(name).status_code == 201
    assert there.effects()[name] == 1


@pytest.mark.parametrize("acts", [True, False])
def test_a_call_that_is_never_answered_has_its_effect_or_none(there: Partner, name: str, acts: bool) -> None:
    there.behave(answers="hang", acts=acts)
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": name}
    body = {"transaction_id": name, "customer_id": 7, "offer_id": 3, "offer": "Gold", "duration_days": 30}
    body |= {"amount": "9.90", "currency": "EUR"}
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{there.url}/activations", json=body, headers=headers, timeout=0.5)
    if acts:
        eventually(lambda: name in there.effects(), "it has its effect")
    assert there.effects().get(name, 0) == acts


def test_an_answer_may_speak_of_another_transaction(there: Partner, name: str) -> None:
    there.behave(answers="mistaken", lookups="mistaken")
    for answer in (there.activate(name), there.ask("GET", f"activations/{name}")):
        assert answer.json()["status"] == "succeeded"
        assert answer.json()["transaction_id"] != name
    assert there.effects()[name] == 1


@pytest.mark.parametrize("lookups", BADLY)
def test_look_ups_are_answered_badly_on_their_own(there: Partner, name: str, lookups: str) -> None:
    there.behave(lookups=lookups)
    assert there.activate(name).status_code == 201
    try:
        answer = there.ask("GET", f"activations/{name}")
        assert answer.status_code == {"error": 500, "nonsense": 200}[lookups]
    except requests.ConnectionError:
        assert lookups == "drop"


def test_a_late_success_is_pending_first(there: Partner, name: str) -> None:
    there.behave(late=3600)
    pending = there.activate(name)
    assert (pending.status_code, pending.json()) == (202, {"transaction_id": name, "status": "pending"})
    assert (there.status(name), there.effects()[name]) == ("pending", 0)
    soon = str(uuid4())
    there.behave(late=0.2)
    assert there.activate(soon).status_code == 202
    eventually(lambda: there.effects()[soon] == 1, "it is applied")
    assert (there.status(soon), there.activate(soon).status_code) == ("succeeded", 201)
    assert there.effects()[soon] == 1


def test_while_an_activation_takes_its_time_it_is_known_and_pending(there: Partner, name: str) -> None:
    there.behave(delay=8)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(there.activate, name)
        eventually(lambda: there.status(name) == "pending", "it was heard of")
        assert answer.result().status_code == 201
    assert there.effects()[name] == 1


def test_a_share_of_the_calls_is_answered_badly_and_a_share_of_the_activations_is_late(there: Partner) -> None:
    names = [str(uuid4()) for _ in range(200)]
    there.behave(answers="error", fault_share=0.5, late=3600, late_share=0.5)
    with ThreadPoolExecutor(8) as pool:
        found = [answer.status_code for answer in pool.map(there.activate, names)]
    # By chance less than one in a billion lies outside.
    assert 50 < found.count(500) < 150
    assert 10 < found.count(201) < 95
    assert 10 < found.count(202) < 95


def test_a_kill_forgets_no_effect_no_refusal_and_nothing_that_is_due_later(own: Partner) -> None:
    done, refused, later, soon = (str(uuid4()) for _ in range(4))
    answer = own.activate(done).json()
    own.behave(success_rate=0)
    own.activate(refused)
    own.behave(success_rate=1, late=3600)
    own.activate(later)
    own.behave(late=0.3)
    own.activate(soon)
    own.end(signal.SIGKILL)
    with (own.folder / "ledger.jsonl").open("ab") as journal:
        journal.write(b'{"kind": "appl')  # the line at which it died
    own.start()
    own.until_it_answers()
    eventually(lambda: own.effects()[soon] == 1, "what was due while it was gone is applied")
    assert own.effects() == {done: 1, refused: 0, later: 0, soon: 1}
    assert own.activate(done).json() == answer
    assert [own.activate(each).status_code for each in (refused, later, soon)] == [422, 202, 201]
    own.end()
    own.start()
    own.until_it_answers()
    assert own.effects() == {done: 1, refused: 0, later: 0, soon: 1}


def test_settings_of_the_start_decide_how_it_behaves(tmp_path: Path) -> None:
    with partner(tmp_path / "kept", PARTNER_LATE="0.5", PARTNER_ACTS="1", PARTNER_ANSWERS="hang") as made:
        behaviour = made.ask("GET", "behaviour").json()
        assert (behaviour["late"], behaviour["acts"], behaviour["answers"]) == (0.5, True, "hang")
        assert behaviour["success_rate"] == 0.75
        for wrong in ({"success_rate": 1.1}, {"lost": 1}, {"answers": "never"}, {"late": -1}, {"late": "NaN"}):
            assert made.ask("POST", "behaviour", wrong).status_code == 400


def test_only_our_key_opens_it_and_only_by_its_own_name(there: Partner, name: str) -> None:
    wrong = {"Authorization": f"Bearer {KEY}x"}
    for method, path in (("POST", "activations"), ("POST", "behaviour"), ("GET", f"activations/{name}")):
        assert there.ask(method, path, {}, key=name, headers=wrong).status_code == 401
    for path in ("effects", "behaviour"):
        assert there.ask("GET", path, headers=wrong).status_code == 401
    rebound, foreign = {"Host": "evil.example"}, {"Origin": "https://evil.example"}
    assert there.ask("GET", "", headers=rebound).status_code == 421
    for headers in (rebound, foreign):
        assert there.ask("POST", "activations", {}, key=name, headers=headers).status_code == 403
    assert there.status(name) == "absent"


@pytest.mark.parametrize(
    "change",
    [
        {"transaction_id": "x"},
        {"transaction_id": None},
        {"transaction_id": "00000000-0000-4000-8000-00000000000A"},
        {"customer_id": 0},
        {"customer_id": True},
        {"offer_id": "3"},
        {"duration_days": 1.5},
        {"offer": ""},
        {"amount": "NaN"},
        {"amount": "0"},
        {"amount": 9.9},
        {"currency": {}},
    ],
    ids=str,
)
def test_what_is_not_as_agreed_is_refused_and_not_heard_of(there: Partner, name: str, change: dict[str, Any]) -> None:
    asked = there.activate(name, **change)
    assert asked.status_code == 400, asked.text
    assert asked.json()["detail"]
    assert there.status(name) == "absent"


def test_the_idempotency_key_is_the_id_of_the_transaction(there: Partner, name: str) -> None:
    other = str(uuid4())
    assert there.activate(name, transaction_id=other).status_code == 400
    assert (there.status(name), there.status(other)) == ("absent", "absent")


@pytest.mark.parametrize("body", [b"{", b"[]", b"", b"[" * 60_000], ids=["cut", "list", "empty", "deep"])
def test_what_cannot_be_read_is_refused(there: Partner, name: str, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": name}
    answer = requests.post(f"{there.url}/activations", body, headers=headers, timeout=10)
    assert answer.status_code == 400, answer.text
    assert json.loads(answer.text)["detail"]


def test_the_page_shows_what_happened_and_hostile_words_are_inert(there: Partner, name: str) -> None:
    there.activate(name, offer="<img src=x onerror=alert(1)>")
    there.activate(name, offer="<img src=x onerror=alert(1)>")
    shown = requests.get(there.url, timeout=10)
    assert all(words in shown.text for words in (name, "Activated", "9.90 EUR", "30 days, customer 7"))
    assert "<td>2</td>" in shown.text[shown.text.index(name) :].partition("</tr>")[0]
    assert "<img" not in shown.text
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_sigterm_ends_it(own: Partner) -> None:
    own.process.send_signal(signal.SIGTERM)
    eventually(lambda: own.process.poll() is not None, "the partner has ended")
    assert own.process.returncode == 0
    assert not os.path.exists(f"/proc/{own.process.pid}")  # noqa: PTH110 - a process, not a file of ours
