"""What a deployment can set, and what it is told when it is wrong."""

from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from app.core import settings
from app.core.settings import SETTINGS, Settings, SettingsError

TEST = {"HOLDFAST_ENV": "test"}
STRONG = "8fj2-KqLw0-zzYp1-Mn5vR-T7bQe-XuA3s"
PRODUCTION = {
    "HOLDFAST_ENV": "production",
    "DATABASE_URL": "postgresql://db/holdfast",
    "REDIS_URL": "redis://cache/0",
    "SECRET_KEY": STRONG,
}


def faults(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings.load(environ)
    return caught.value.faults


def named(environ: dict[str, str]) -> set[str]:
    return {fault.partition(":")[0] for fault in faults(environ)}


def test_every_fault_is_reported_at_once() -> None:
    wrong = TEST | {"PORT": "80000", "WORKERS": "many", "HOLDFAST_DMEO": "1", "ADMIN_PASSWORD": "short"}
    assert named(wrong) == {"PORT", "WORKERS", "HOLDFAST_DMEO", "ADMIN_PASSWORD"}
    with pytest.raises(SettingsError, match=r"(?s)The configuration has faults:\n  - .*\n  - PORT: .*\n  - WORKERS: "):
        settings.load(wrong)


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("HOLDFAST_ENV", "staging", "write one of development, test, production"),
        ("PORT", "0", "write a whole number from 1 to 65535"),
        ("PORT", "--5", "write a whole number from 1 to 65535"),
        ("PORT", "²", "write a whole number from 1 to 65535"),
        pytest.param("PORT", "9" * 5000, "write a whole number from 1 to 65535", id="PORT-long"),
        ("HOLDFAST_DEMO", "perhaps", "write 1 or 0"),
        ("PUBLIC_URL", "shop.example", "write a URL that starts with http:// or https://"),
        ("PUBLIC_URL", "http://[", "write a URL that starts with http:// or https://"),
        ("DATABASE_URL", "mysql://db/x", "write a URL that starts with postgresql:// or postgres://"),
        ("DATABASE_URL", "postgresql://one,two/x", "add ?target_session_attrs=read-write"),
        ("DATABASE_URL", "postgresql://one,two/x?target_session_attrs=any", "add ?target_session_attrs=read-write"),
        ("DATABASE_URL", "postgresql:///x?host=one:5432&host=two:5432", "postgresql://user:password@one:5432,two:5432"),
        ("DATABASE_URL", "postgresql://one,two,three/x?port=1,2", "write one port for all servers, or one for each"),
        ("DATABASE_URL", "postgresql://db/x?no_such_word=1", "libpq cannot read it"),
        ("BUSINESS_TIMEZONE", "Mars/Olympus", "write an IANA time zone"),
        ("BUSINESS_TIMEZONE", "../etc/passwd", "write an IANA time zone"),
        ("CURRENCY", "eur", "write three capital letters"),
        ("CORS_ORIGINS", "https://a.example, b.example", "'b.example' is no origin"),
        ("CORS_ORIGINS", "https://a.example/", "write https://shop.example without a path"),
        ("CORS_ORIGINS", "https://[", "write https://shop.example without a path"),
        ("PAYMENT_WEBHOOK_SECRETS", "whsec_c2VjcmV0,plain", "write whsec_<base64>"),
        ("PAYMENT_WEBHOOK_SECRETS", "whsec_", "write whsec_<base64>"),
        ("PAYMENT_WEBHOOK_SECRETS", "whsec_é", "write whsec_<base64>"),
        ("IDEMPOTENCY_HOURS", "23", "write a whole number from 24"),
        ("REDIS_SENTINELS", "one:26379, two", "'two' is no address: write host:port, several separated by commas"),
        ("REDIS_SENTINELS", "redis://one:26379", "write host:port"),
        ("REDIS_SENTINELS", "one:0", "write host:port"),
        ("REDIS_SENTINELS", "one:65536", "write host:port"),
        ("REDIS_SENTINELS", "one..two:26379", "write host:port"),
        ("REDIS_SENTINELS", "::1:26379", "write host:port"),
        ("REDIS_SENTINEL_MASTER", "the shop", "write letters, digits, points, hyphens and underscores"),
    ],
)
def test_a_wrong_value_is_answered_with_what_to_write(name: str, value: str, advice: str) -> None:
    (fault,) = faults(TEST | {name: value})
    assert fault.startswith(f"{name}: ")
    assert advice in fault


@pytest.mark.parametrize(("absent", "timeout", "is_refused"), [("5", "5", True), ("4", "5", True), ("5.1", "5", False)])
def test_an_activation_is_not_paid_back_while_it_may_be_on_its_way(absent: str, timeout: str, is_refused: bool) -> None:
    environ = TEST | {"ACTIVATION_ABSENT_SECONDS": absent, "PARTNER_TIMEOUT_SECONDS": timeout}
    if is_refused:
        assert named(environ) == {"ACTIVATION_ABSENT_SECONDS"}
    else:
        assert settings.load(environ).activation_absent_seconds == float(absent)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://root:hunter2@db/x"),
        ("DATABASE_URL", "postgresql://root:hunter2@[db/x"),
        ("DATABASE_URL", "postgresql://root:hunter2℀@db/x"),
        ("DATABASE_URL", "postgresql://root:hunter2%@db/x"),
        ("REDIS_URL", "http://:hunter2@cache"),
        ("ADMIN_PASSWORD", "hunter2"),
        ("PAYMENT_WEBHOOK_SECRETS", "hunter2"),
    ],
)
def test_a_secret_is_not_shown_in_its_fault(name: str, value: str) -> None:
    assert "hunter2" not in str(faults(TEST | {name: value}))


@pytest.mark.parametrize("name", ["HOLDFAST_HOME", "HOLDFAST_ENV"])
def test_an_unknown_name_of_ours_gets_a_hint(name: str) -> None:
    (fault,) = faults(TEST | {f"{name}E": "x"})
    assert fault == f"{name}E: there is no such setting; did you mean {name}?."


def test_names_of_others_are_none_of_our_business() -> None:
    assert settings.load(TEST | {"HOME": "/root", "PGHOST": "db"}).env == "test"


def test_production_starts_with_explicit_urls_and_a_strong_secret() -> None:
    made = settings.load(PRODUCTION)
    assert made.production
    assert made.cookies_over_https_only


def test_to_production_a_simulated_provider_is_an_address_like_any_other() -> None:
    beside = {
        "PAYMENT_PROVIDER_URL": "http://payments:8026/",
        "PARTNER_URL": "http://partner:8027/",
        "PARTNER_KEY": "a key of the partner",
        "SMTP_HOST": "mail",
    }
    assert settings.load(PRODUCTION | beside).production


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"DATABASE_URL": "", "REDIS_URL": "  "}, {"DATABASE_URL", "REDIS_URL"}),
        ({"SECRET_KEY": ""}, {"SECRET_KEY"}),
        ({"SECRET_KEY": "a" * 64}, {"SECRET_KEY"}),
        ({"SECRET_KEY": STRONG[:31]}, {"SECRET_KEY"}),
        ({"SECRET_KEY": STRONG[:31] + "    "}, {"SECRET_KEY"}),
        ({"ADMIN_PASSWORD": "holdfast-demo"}, {"ADMIN_PASSWORD"}),
        ({"ADMIN_PASSWORD": "another-demo", "DEMO_PASSWORD": "another-demo"}, {"ADMIN_PASSWORD"}),
        ({"HOLDFAST_DEMO": "yes"}, {"HOLDFAST_DEMO"}),
        ({"HOLDFAST_ENV": " production ", "DATABASE_URL": ""}, {"DATABASE_URL"}),
    ],
)
def test_production_refuses_what_is_missing_or_weak(changes: dict[str, str], expected: set[str]) -> None:
    assert named(PRODUCTION | changes) == expected


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"PAYMENT_PROVIDER": "generic"}, {"PAYMENT_PROVIDER_URL", "PAYMENT_PROVIDER_KEY"}),
        ({"PAYMENT_PROVIDER": "generic", "PAYMENT_PROVIDER_URL": "https://pay.example"}, {"PAYMENT_PROVIDER_KEY"}),
        ({"PAYMENT_PROVIDER": "stripe", "STRIPE_WEBHOOK_SECRET": "whsec_x"}, {"PAYMENT_PROVIDER_KEY"}),
        ({"PARTNER_URL": "https://partner.example"}, {"PARTNER_KEY"}),
    ],
)
def test_a_provider_or_partner_that_can_never_be_asked_is_a_fault(given: dict[str, str], missing: set[str]) -> None:
    assert named(TEST | given) == missing
    filled = dict.fromkeys(missing, "a key") | {"PAYMENT_PROVIDER_URL": "https://pay.example"} | given
    assert settings.load(TEST | filled).env == "test"


def test_a_provider_with_a_url_that_cannot_be_read_has_one_fault() -> None:
    given = {"PAYMENT_PROVIDER": "generic", "PAYMENT_PROVIDER_URL": "pay.example", "PAYMENT_PROVIDER_KEY": "x"}
    (fault,) = faults(TEST | given)
    assert "write a URL" in fault


def test_sentinels_are_hosts_and_ports() -> None:
    made = settings.load(TEST | {"REDIS_SENTINELS": "one.example:26379,10.0.0.2:5000 , [::1]:26380"})
    assert made.redis_sentinels == (("one.example", 26379), ("10.0.0.2", 5000), ("::1", 26380))
    assert made.redis_sentinel_master == "holdfast"
    assert settings.load(TEST).redis_sentinels == ()


def test_sentinels_do_not_watch_a_socket_of_this_host() -> None:
    environ = TEST | {"REDIS_URL": "unix:///run/redis.sock"}
    assert named(environ | {"REDIS_SENTINELS": "one:26379"}) == {"REDIS_SENTINELS"}
    assert settings.load(environ | {"REDIS_SENTINELS": ""}).redis_url == "unix:///run/redis.sock"


def test_production_with_sentinels_needs_no_other_address_of_redis() -> None:
    assert settings.load(PRODUCTION | {"REDIS_URL": "", "REDIS_SENTINELS": "one:26379"}).production


def test_settings_are_frozen() -> None:
    made: Any = settings.load(TEST)
    with pytest.raises(FrozenInstanceError):
        made.port = 1


def test_the_example_loads_as_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    defaults = settings.load({})
    (tmp_path / ".env").write_text(settings.example(), encoding="utf-8")
    assert settings.load({}) == defaults == Settings(**{name: getattr(defaults, name) for name in vars(defaults)})
    assert all(f"\n{spec.name}={spec.default}\n" in settings.example() for spec in SETTINGS)
