"""What the partner says is believed only as far as it was agreed; whatever else it does leaves the effect unknown."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from app.core.settings import Settings, load
from app.offers.gateways.partner import Asked, Said, activate, look_up
from tests.api.misbehaving import Misbehaving, misbehaving, says, told, trickles
from tests.devstack.partnered import Partner, partner
from tests.devstack.running import eventually

NAME = UUID("6f1c9f0e-6f3c-4d4e-9a0b-1c2d3e4f5a6b")
OTHER = "00000000-0000-4000-8000-000000000000"
FAULTS = ["error", "drop", "hang", "nonsense", "mistaken"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partner]:
    with partner(tmp_path_factory.mktemp("partner") / "kept") as made:
        yield made


@pytest.fixture
def there(running: Partner) -> Partner:
    running.behave_well()
    return running


@pytest.fixture
def settings(there: Partner) -> Settings:
    return load({"HOLDFAST_ENV": "test", "PARTNER_TIMEOUT_SECONDS": "10"} | there.settings)


def asked(name: UUID = NAME) -> Asked:
    return Asked(name, 7, 3, "Gold", 30, Decimal("9.9"), "EUR")


def at(line: Misbehaving, seconds: float = 5.0) -> Settings:
    environ = {"HOLDFAST_ENV": "test", "PARTNER_URL": line.url, "PARTNER_KEY": "k"}
    return replace(load(environ), partner_timeout_seconds=seconds)


def said(raw: str | bytes) -> tuple[Said, Said]:
    """What an activation and a look-up make of this answer."""
    with misbehaving(says(raw)) as line:
        return activate(asked(), at(line)), look_up(NAME, at(line))


def test_an_activation_succeeds_once_however_often_it_is_sent(there: Partner, settings: Settings) -> None:
    wish = asked(uuid4())
    first = activate(wish, settings)
    assert (first.kind, bool(first.reference)) == ("succeeded", True)
    assert activate(replace(wish, amount=Decimal("9.90")), settings) == first == look_up(wish.transaction_id, settings)
    assert there.effects()[str(wish.transaction_id)] == 1


def test_a_refusal_a_pending_one_and_one_that_is_not_known_are_told_apart(there: Partner, settings: Settings) -> None:
    refused, pending, absent = uuid4(), uuid4(), uuid4()
    there.behave(success_rate=0)
    answer = activate(asked(refused), settings)
    assert (answer.kind, bool(answer.reason)) == ("refused", True)
    assert look_up(refused, settings) == answer
    there.behave(success_rate=1, late=3600)
    assert activate(asked(pending), settings) == Said("pending") == look_up(pending, settings)
    assert look_up(absent, settings) == Said("absent")


@pytest.mark.parametrize("acts", [True, False])
@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_of_the_partner_is_taken_for_an_end(
    there: Partner, settings: Settings, fault: str, acts: bool
) -> None:
    name, hurried = uuid4(), replace(settings, partner_timeout_seconds=1.0)
    there.behave(answers=fault, lookups=fault, acts=acts)
    for answer in (activate(asked(name), hurried), look_up(name, hurried)):
        assert (answer.kind, bool(answer.reason)) == ("unknown", True)
    there.behave(answers="well", lookups="well")
    assert look_up(name, settings).kind == ("succeeded" if acts or fault == "mistaken" else "absent")
    assert activate(asked(name), settings).kind == "succeeded"
    assert there.effects()[str(name)] == 1


def test_a_slow_partner_is_given_up_and_its_success_is_found_later(there: Partner, settings: Settings) -> None:
    name = uuid4()
    there.behave(delay=1)
    hurried = replace(settings, partner_timeout_seconds=0.3)
    assert activate(asked(name), hurried) == Said("unknown", "no answer within 0.3 s")
    assert look_up(name, settings).kind in {"pending", "succeeded"}
    eventually(lambda: look_up(name, settings).kind == "succeeded", "it is done")
    assert there.effects()[str(name)] == 1


def test_a_wrong_key_and_another_body_under_the_same_id_are_no_refusal(settings: Settings) -> None:
    name = uuid4()
    assert activate(asked(name), replace(settings, partner_key="wrong")).kind == "unknown"
    assert look_up(name, settings).kind == "absent"
    activate(asked(name), settings)
    assert activate(replace(asked(name), amount=Decimal(5)), settings).kind == "unknown"


@pytest.mark.parametrize(
    "url",
    ["", "http://127.0.0.1:9", "http://127.0.0.1:99999", "http:///x", f"http://{'a' * 70}.example", "http://[::1"],
)
def test_where_nobody_listens_nothing_is_known(settings: Settings, url: str) -> None:
    nowhere = replace(settings, partner_url=url)
    for answer in (activate(asked(), nowhere), look_up(NAME, nowhere)):
        assert (answer.kind, bool(answer.reason)) == ("unknown", True)


@pytest.mark.parametrize("key", ["a\r\nX-More: 1", "cl\u00e9 \u20ac"])
def test_a_key_that_is_no_header_is_not_sent(settings: Settings, key: str) -> None:
    assert activate(asked(), replace(settings, partner_key=key)).kind == "unknown"
    assert look_up(NAME, settings).kind == "absent"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 410, 418, 425, 429, 500, 502, 503, 504])
def test_an_activation_is_refused_by_422_alone(status: int) -> None:
    body = f'{{"transaction_id": "{NAME}", "status": "refused", "reason": "no"}}'
    assert said(told(f"{status} X", body))[0].kind == "unknown"


@pytest.mark.parametrize(
    ("status", "word", "activated", "looked_up"),
    [
        (200, "succeeded", "succeeded", "succeeded"),
        (201, "succeeded", "succeeded", "unknown"),
        (202, "succeeded", "unknown", "unknown"),
        (422, "succeeded", "unknown", "unknown"),
        (500, "succeeded", "unknown", "unknown"),
        (200, "refused", "unknown", "refused"),
        (422, "refused", "refused", "unknown"),
        (404, "refused", "unknown", "unknown"),
        (202, "pending", "pending", "unknown"),
        (200, "pending", "unknown", "pending"),
        (404, "absent", "unknown", "absent"),
        (200, "absent", "unknown", "unknown"),
        (200, "unknown", "unknown", "unknown"),
        (200, "SUCCEEDED", "unknown", "unknown"),
        (200, "", "unknown", "unknown"),
    ],
)
def test_only_what_was_agreed_is_believed(status: int, word: str, activated: str, looked_up: str) -> None:
    body = f'{{"transaction_id": "{NAME}", "status": "{word}"}}'
    found = said(told(f"{status} X", body))
    assert tuple(answer.kind for answer in found) == (activated, looked_up)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        '"succeeded"',
        "{",
        "[" * 60_000,
        "9" * 60_000,
        '{"status": "succeeded"}',
        f'{{"transaction_id": "{OTHER}", "status": "succeeded"}}',
        f'{{"transaction_id": "{str(NAME).upper()}", "status": "succeeded"}}',
        f'{{"transaction_id": ["{NAME}"], "status": "succeeded"}}',
        f'{{"transaction_id": "{NAME}"}}',
        f'{{"transaction_id": "{NAME}", "status": ["succeeded"]}}',
        f'{{"transaction_id": "{NAME}", "status": {{}}}}',
        f'{{"transaction_id": "{NAME}", "status": "succeeded", "more": "{"x" * 70_000}"}}',
    ],
    ids=lambda body: f"{body[:20]} {body[-40:]}",
)
@pytest.mark.parametrize("status", [200, 404, 422])
def test_a_body_that_is_not_as_agreed_is_no_answer(body: str, status: int) -> None:
    for answer in said(told(f"{status} X", body)):
        assert (answer.kind, bool(answer.reason)) == ("unknown", True)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        told("200 OK", "\ud800"),
    ],
    ids=["nothing", "bytes", "no status", "bad chunk", "cut", "many headers", "long header", "no UTF-8"],
)
def test_what_is_no_http_is_no_answer(raw: str | bytes) -> None:
    for answer in said(raw):
        assert (answer.kind, bool(answer.reason)) == ("unknown", True)


def test_words_that_could_not_be_stored_are_made_plain() -> None:
    ours = f'"transaction_id": "{NAME}"'
    hostile = r'"a\u0000b\ud800c\nd\u202ee' + "x" * 1000 + '"'
    refused, _ = said(told("422 X", f'{{{ours}, "status": "refused", "reason": {hostile}}}'))
    assert refused.reason == ("a b c d e" + "x" * 1000)[:500]
    succeeded, _ = said(told("201 X", f'{{{ours}, "status": "succeeded", "reference": {hostile}}}'))
    assert (succeeded.kind, succeeded.reference) == ("succeeded", ("a b c d e" + "x" * 1000)[:255])
    odd, _ = said(told("201 X", f'{{{ours}, "status": "succeeded", "reference": {{}}}}'))
    assert odd == Said("succeeded")


@pytest.mark.parametrize("status", ["301", "302", "303", "307", "308"])
def test_nobody_is_sent_elsewhere(there: Partner, status: str) -> None:
    for answer in said(f"HTTP/1.1 {status} X\r\nLocation: {there.url}/activations\r\nContent-Length: 0\r\n\r\n"):
        assert answer.kind == "unknown"
    assert there.status(str(NAME)) == "absent"


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_no_proxy_of_the_environment_hears_the_key(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with misbehaving(says(b"")) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        assert activate(asked(uuid4()), settings).kind == "succeeded"
        assert proxy.heard == []


def test_the_wish_is_what_was_agreed(settings: Settings) -> None:
    with misbehaving(says(b"")) as line:
        activate(asked(), replace(at(line), partner_url=f"{line.url}/v1/", partner_key="secret"))
        look_up(NAME, replace(at(line), partner_url=f"{line.url}/v1"))
    first, second = (heard.decode() for heard in line.heard)
    assert first.startswith("POST /v1/activations HTTP/1.1\r\n")
    assert f"\r\nIdempotency-Key: {NAME}\r\n" in first
    assert "\r\nAuthorization: Bearer secret\r\n" in first
    assert '"offer": "Gold", "duration_days": 30, "amount": "9.90", "currency": "EUR"' in first
    assert second.startswith(f"GET /v1/activations/{NAME} HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"", b""),
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n{", b" "),
        (b"HTTP/1.0 200 OK\r\n\r\n{", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b"1\r\n \r\n"),
    ],
    ids=["silence", "status", "header", "headers", "continue", "body", "body to the end", "chunks"],
)
def test_byte_after_byte_the_wait_ends_and_so_does_the_line(start: bytes, drop: bytes) -> None:
    never = threading.Event()
    with misbehaving(trickles(start, drop, never)) as line:
        assert activate(asked(), at(line, 0.5)) == Said("unknown", "no answer within 0.5 s")
        if drop:
            eventually(line.gone.is_set, "the line was cut", 10)
        never.set()
    eventually(lambda: not lines(), "no thread is left", 10)


def test_a_name_that_nobody_resolves_keeps_nobody_and_nothing_is_sent_later(
    there: Partner, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, name = threading.Event(), uuid4()
    resolve = socket.getaddrinfo

    def slowly(*args: object, **more: object) -> object:
        known.wait()
        return resolve(*args, **more)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    assert activate(asked(name), replace(settings, partner_timeout_seconds=0.2)).kind == "unknown"
    known.set()
    eventually(lambda: not lines(), "the thread has ended", 10)
    assert there.status(str(name)) == "absent"


def test_many_who_ask_at_once_are_each_answered_about_their_own(settings: Settings) -> None:
    names = [uuid4() for _ in range(40)]
    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(lambda name: activate(asked(name), replace(settings, partner_timeout_seconds=30)), names))
    assert {answer.kind for answer in found} == {"succeeded"}
    assert len({answer.reference for answer in found}) == 40


def lines() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if type(thread).__module__ == "app.core.outbound"]
