"""When a buy happened and where it came from, whatever its headers hold."""

from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.buys.rules import MOMENT_HEADERS, address, moment, moments, plain_address

NOON = datetime(2026, 3, 29, 12, 0, 0, 123000, tzinfo=UTC)
SECONDS = 1774785600
PEER = "10.0.0.9"
TEXTS = st.text() | st.from_regex(r"[0-9eE.+\-:TZt=_ ]{0,40}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-29T12:00:00.123Z", NOON),
        ("2026-03-29T14:00:00.123+02:00", NOON),
        ("2026-03-29 12:00:00.123+00:00", NOON),
        (" 2026-03-29T12:00:00.123Z ", NOON),
        (f"{SECONDS}.123", NOON),
        (f"{SECONDS}123", NOON),
        (f"{SECONDS}123000", NOON),
        (f"{SECONDS}123000999", NOON),
        (f"{SECONDS}123.0", NOON),
        (f"t={SECONDS}.123", NOON),
        (f"t={SECONDS}123000", NOON),
        ("t=2026-03-29T12:00:00.123Z", NOON),
        ("1.774785600123e9", NOON),
        ("1.774785600123E12", NOON),
        ("+1774785600.123", NOON),
        ("1e-999", datetime(1970, 1, 1, tzinfo=UTC)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("99999999999", datetime(5138, 11, 16, 9, 46, 39, tzinfo=UTC)),
        ("100000000000", datetime(1973, 3, 3, 9, 46, 40, tzinfo=UTC)),
        ("99999999999999", datetime(5138, 11, 16, 9, 46, 39, 999000, tzinfo=UTC)),
        ("100000000000000", datetime(1973, 3, 3, 9, 46, 40, tzinfo=UTC)),
        ("99999999999999999", datetime(5138, 11, 16, 9, 46, 39, 999999, tzinfo=UTC)),
        ("100000000000000000", datetime(1973, 3, 3, 9, 46, 40, tzinfo=UTC)),
    ],
)
def test_a_text_means_a_moment(text: str, meant: datetime) -> None:
    assert moment(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "t=",
        "t=t=1774785600",
        "soon",
        "2026-03-29T12:00:00",
        "2026-03-29",
        "2026-02-30T12:00:00Z",
        "nan",
        "inf",
        "-Infinity",
        "1e999",
        "-1774785600",
        "1_774_785_600",
        "\uff11\uff17\uff17\uff14\uff17\uff18\uff15\uff16\uff10\uff10",  # full-width digits
        "0x1",
        "9" * 65,
        "9" * 60,
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_a_text_that_means_none_says_none(text: str) -> None:
    assert moment(text) is None


def test_headers_are_believed_in_their_order() -> None:
    told = {name: str(SECONDS + place) for place, name in enumerate(MOMENT_HEADERS)}
    assert moments(told) == [datetime.fromtimestamp(SECONDS + place, UTC) for place in range(8)]
    assert MOMENT_HEADERS[:4] == ("x-timestamp", "x-client-time", "x-request-time", "timestamp")
    assert MOMENT_HEADERS[4:] == ("x-request-start", "x-queue-start", "x-request-received", "x-forwarded-start")
    assert moments({"x-timestamp": "never", "timestamp": "0", "date": str(SECONDS)}) == [moment("0")]


@given(TEXTS)
def test_no_text_is_too_strange(text: str) -> None:
    found = moment(text)
    assert found is None or found.utcoffset() == timedelta(0)


@given(
    st.integers(4 * 10**8, 7 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds + 0.25, UTC)),
    st.integers(-720, 720),
)
def test_a_moment_is_read_in_every_form_that_it_can_be_written_in(meant: datetime, minutes: int) -> None:
    whole = round((meant - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
    there = meant.astimezone(timezone(timedelta(minutes=minutes)))
    assert moment(there.isoformat()) == meant
    assert moment(f"{whole // 10**6}.{whole % 10**6:06}") == meant
    assert moment(f"t={whole}") == meant
    assert moment(f"{whole * 1000 + 999}") == meant


@pytest.mark.parametrize(
    ("headers", "hops", "said"),
    [
        ({}, 0, PEER),
        ({}, 1, PEER),
        ({"X-Forwarded-For": "1.1.1.1"}, 0, PEER),
        ({"CF-Connecting-IP": "1.1.1.1", "X-Real-IP": "1.1.1.1", "Forwarded": "for=1.1.1.1"}, 0, PEER),
        ({"X-Forwarded-For": "1.1.1.1"}, 1, "1.1.1.1"),
        ({"X-Forwarded-For": "6.6.6.6, 1.1.1.1"}, 1, "1.1.1.1"),
        ({"X-Forwarded-For": "6.6.6.6, 1.1.1.1, 10.0.0.1"}, 2, "1.1.1.1"),
        ({"X-Forwarded-For": "1.1.1.1"}, 2, PEER),
        ({"X-Forwarded-For": "1.1.1.1:4711"}, 1, "1.1.1.1"),
        ({"X-Forwarded-For": "[2001:DB8::1]:4711"}, 1, "2001:db8::1"),
        ({"X-Forwarded-For": "::ffff:1.1.1.1"}, 1, "1.1.1.1"),
        ({"X-Forwarded-For": "fe80::1%eth0"}, 1, PEER),
        ({"X-Forwarded-For": "unknown", "Forwarded": "for=1.1.1.1"}, 1, "1.1.1.1"),
        ({"Forwarded": 'proto=https;for="[2001:db8::1]:80";by=x'}, 1, "2001:db8::1"),
        ({"Forwarded": "for=6.6.6.6, For=1.1.1.1;proto=http, for=10.0.0.1"}, 2, "1.1.1.1"),
        ({"Forwarded": "for=_hidden", "X-Real-IP": "1.1.1.1"}, 1, "1.1.1.1"),
        ({"X-Real-IP": "1.1.1.1", "CF-Connecting-IP": "2.2.2.2"}, 1, "1.1.1.1"),
        ({"X-Real-IP": "999.1.1.1", "CF-Connecting-IP": "2.2.2.2"}, 1, "2.2.2.2"),
        ({"X-Forwarded-For": "<script>", "Forwarded": ";;", "X-Real-IP": "a", "CF-Connecting-IP": "1"}, 1, PEER),
    ],
    ids=str,
)
def test_an_address_is_what_our_own_proxies_say(headers: dict[str, str], hops: int, said: str) -> None:
    assert address(headers, PEER, hops) == said


def test_a_peer_without_an_address_has_none() -> None:
    assert address({}, "", 0) is None


@given(
    st.fixed_dictionaries({}, optional={"X-Forwarded-For": st.text(), "Forwarded": st.text(), "X-Real-IP": st.text()})
)
def test_whatever_is_said_the_answer_is_an_address(headers: dict[str, str]) -> None:
    said = address(headers, PEER, 1)
    assert said is not None
    assert str(ip_address(said)) == said
    assert address(headers, PEER, 0) == PEER


@given(st.ip_addresses())
def test_an_address_is_read_with_and_without_its_port(found: object) -> None:
    plain = plain_address(str(found))
    with_port = f"[{found}]:80" if ":" in str(found) else f"{found}:80"
    assert plain_address(with_port) == plain
    assert plain is None or ip_address(plain) is not None
