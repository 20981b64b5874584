"""How far an activation is: from Redis when that is good enough, and right without it."""

from typing import Any

import pytest

from app.core.web import HoldfastApp
from tests.api.letters import told
from tests.api.made_offers import ACTIVATION, asked, offer, partner, steps
from tests.api.made_wallet import TRANSACTIONS, rich
from tests.api.problem import assert_problem
from tests.api.worked import work_off
from tests.callers import Caller

FIELDS = {"transaction_id", "user_id", "offer_id", "amount", "status", "created_at", "updated_at"}


@pytest.fixture
def redis(app: HoldfastApp) -> Any:
    return app.extensions["holdfast.redis"].client


@pytest.fixture
def premium(staff: Caller, anna: Caller) -> int:
    """An offer at 9.90 for 30 days; anna has 50.00."""
    rich(staff, anna)
    return int(offer(staff)["id"])


def seen(redis: Any, name: str) -> dict[str, str]:
    return {key.decode(): value.decode() for key, value in redis.hgetall(f"transaction:{name}").items()}


def status(caller: Caller, name: str) -> dict[str, Any]:
    answer = caller.get(f"{ACTIVATION}/status/{name}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def belie(redis: Any, name: str, **words: str) -> None:
    """Redis says something else."""
    redis.hset(f"transaction:{name}", mapping=words)


def test_the_hash_tells_each_step_after_its_commit(app: HoldfastApp, anna: Caller, premium: int, redis: Any) -> None:
    with partner(app, "pending", "succeeded"):
        name = asked(anna, premium)
        first = seen(redis, name)
        assert first.keys() == FIELDS
        told_first = {"user_id": str(anna.user_id), "offer_id": str(premium), "amount": "9.90", "status": "PENDING"}
        assert first | told_first == first
        assert 86_390 < redis.ttl(f"transaction:{name}") <= 86_400
        steps(app)
        assert seen(redis, name)["status"] == "PROCESSING"
        steps(app)
    last = seen(redis, name)
    assert (last["status"], last["created_at"]) == ("SUCCESS", first["created_at"])
    assert last["updated_at"] == anna.get(f"{TRANSACTIONS}/{name}").json["updated_at"]


def test_what_redis_says_and_what_postgresql_says_is_the_same(
    app: HoldfastApp, anna: Caller, premium: int, redis: Any
) -> None:
    with partner(app, "succeeded"):
        name = asked(anna, premium)
        work_off(app)
    quick = status(anna, name)
    redis.flushall()
    assert status(anna, name) == quick
    assert quick["status"] == "SUCCESS"


def test_an_end_is_believed(app: HoldfastApp, anna: Caller, premium: int, redis: Any) -> None:
    with partner(app, "succeeded"):
        name = asked(anna, premium)
    belie(redis, name, status="FAILED")
    redis.expire(f"transaction:{name}", 50_000)
    assert status(anna, name)["status"] == "FAILED"


def test_anything_else_is_believed_for_two_seconds(app: HoldfastApp, anna: Caller, premium: int, redis: Any) -> None:
    with partner(app, "succeeded"):
        name = asked(anna, premium)
    belie(redis, name, status="PROCESSING")
    assert status(anna, name)["status"] == "PROCESSING"
    redis.pexpire(f"transaction:{name}", 86_400_000 - 2_100)
    assert status(anna, name)["status"] == "PENDING"
    assert seen(redis, name)["status"] == "PENDING"


def test_half_a_hash_is_not_believed(app: HoldfastApp, anna: Caller, premium: int, redis: Any) -> None:
    with partner(app, "succeeded"):
        name = asked(anna, premium)
        redis.flushall()
        work_off(app)
    assert seen(redis, name).keys() == {"status", "updated_at"}
    assert status(anna, name)["status"] == "SUCCESS"
    assert seen(redis, name).keys() == FIELDS


def test_nonsense_is_not_believed(app: HoldfastApp, anna: Caller, premium: int, redis: Any) -> None:
    with partner(app, "succeeded"):
        name = asked(anna, premium)
    for nonsense in ("DONE", b"\xff"):
        redis.hset(f"transaction:{name}", "status", nonsense)
        assert status(anna, name)["status"] == "PENDING"
    assert status(anna, name)["status"] == "PENDING"
    redis.set(f"transaction:{name}", "x")
    assert status(anna, name)["status"] == "PENDING"


def test_somebody_elses_is_not_there_wherever_it_is_found(
    app: HoldfastApp, anna: Caller, bert: Caller, premium: int, redis: Any
) -> None:
    with partner(app, "succeeded"):
        name = asked(anna, premium)
        work_off(app)
    assert_problem(bert.get(f"{ACTIVATION}/status/{name}"), 404, "transaction_not_found")
    redis.flushall()
    assert_problem(bert.get(f"{ACTIVATION}/status/{name}"), 404, "transaction_not_found")
    nobody = "0190e9a0-0000-7000-8000-000000000000"
    assert_problem(anna.get(f"{ACTIVATION}/status/{nobody}"), 404, "transaction_not_found")


def test_what_is_undone_is_told_nobody(
    app: HoldfastApp, anna: Caller, premium: int, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.offers.gateways import partner as gateway  # noqa: PLC0415 - beside the service of the same name

    with partner(app, "succeeded"):
        name, send = asked(anna, premium), gateway.activate

        def held_up(*given: Any) -> Any:
            said = send(*given)
            told(app, "UPDATE jobs SET epoch = epoch + 1 WHERE name = 'offers.activate'")
            return said

        monkeypatch.setattr(gateway, "activate", held_up)
        steps(app)
    assert seen(redis, name)["status"] == "PROCESSING"
