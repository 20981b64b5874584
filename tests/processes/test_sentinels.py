"""A Redis that is watched by sentinels: whoever is the master is found, soon, and by everybody."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import redis

from app.core.redis import Doorbell, connect
from app.core.sentinels import Sentinels
from app.core.settings import Settings, load
from app.factory import create_app
from app.operations.checks import sentinels as checks
from tests.processes.crew import Crew, crew_of, states
from tests.processes.load import Load, under_load
from tests.processes.stack import FLASK, Stack, eventually, serving_beside
from tests.processes.streaming import Reader, console_session, live_beside, watching
from tests.processes.watch import PASSWORD, THEIR_PASSWORD, Watch, Watched, still, watch_in
from tests.scale import scaled


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    with watch_in(tmp_path_factory.mktemp("watch")) as made:
        yield made


@pytest.fixture
def watch(kept: Watch) -> Watch:
    """Two servers and three sentinels, whole, whatever another test did to them."""
    eventually(kept.is_whole, "all are there again")
    return kept


@pytest.fixture
def settings(watch: Watch) -> Settings:
    return load({"HOLDFAST_ENV": "test"} | watch.settings)


def answered(settings: Settings) -> Any:
    """What a bell that nobody has rung yet answers."""
    return Doorbell(settings).ask(lambda client: client.ping(), None)


def test_the_master_is_found_with_user_password_and_database_of_the_url(watch: Watch, settings: Settings) -> None:
    with connect(settings) as client:
        client.set("found", "by its sentinels")
    assert watch.master().client.get("found") == "by its sentinels"


def test_while_one_sentinel_answers_the_others_may_hang(watch: Watch, settings: Settings) -> None:
    for one in watch.sentinels:
        with still(*(each for each in watch.sentinels if each is not one)):
            eventually(lambda: answered(settings), "the one that answers is heard")


def test_when_no_sentinel_answers_nobody_waits_for_them(watch: Watch, settings: Settings) -> None:
    with still(*watch.sentinels):
        assert answered(settings) is None
    eventually(lambda: answered(settings), "they are heard again")


def test_a_sentinel_whose_name_nobody_knows_costs_nothing(watch: Watch) -> None:
    more = f"nowhere.invalid:26379, {watch.settings['REDIS_SENTINELS']}"
    settings = load({"HOLDFAST_ENV": "test"} | watch.settings | {"REDIS_SENTINELS": more})
    eventually(lambda: answered(settings), "the others are heard")


def test_a_server_that_is_no_master_is_not_used(
    watch: Watch, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (replica,) = (each for each in watch.servers if each is not watch.master())
    monkeypatch.setattr(Sentinels, "discover_master", lambda *_: ("127.0.0.1", replica.port))
    with connect(settings) as client, pytest.raises(redis.ConnectionError, match="no master"):
        client.get("anything")


def test_a_master_that_is_demoted_is_a_lost_connection_to_who_writes_and_to_who_waits(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults: list[type[Exception]] = []

    def wait_in(client: redis.Redis) -> None:
        try:
            client.blpop(["nothing"], 20)
        except redis.RedisError as fault:
            faults.append(type(fault))

    with (
        Watched(tmp_path) as server,
        monkeypatch.context() as named,
        connect(settings) as waiting,
        connect(settings) as writing,
    ):
        named.setattr(Sentinels, "discover_master", lambda *_: ("127.0.0.1", server.port))
        writing.set("before", 1)
        waiter = Thread(target=wait_in, args=(waiting,))
        waiter.start()
        eventually(lambda: any(c["cmd"] == "blpop" for c in server.client.client_list()), "somebody waits")
        server.client.replicaof("127.0.0.1", "1")
        waiter.join()
        assert faults == [redis.ConnectionError]
        named.undo()
        with pytest.raises(redis.ConnectionError):
            writing.set("refused", 1)
        assert writing.set("taken", 1) is True


def test_a_master_that_is_cut_off_from_its_replicas_is_a_lost_connection(watch: Watch, settings: Settings) -> None:
    master = watch.master()
    with connect(settings) as client:
        client.set("before", 1)
        master.client.config_set("min-replicas-to-write", 5)
        try:
            with pytest.raises(redis.ConnectionError):
                client.set("refused", 1)
        finally:
            master.client.config_set("min-replicas-to-write", 0)
        assert client.set("taken", 1) is True


def test_the_doctor_has_a_line_for_each_sentinel(stack: Stack, watch: Watch) -> None:
    names = ["Redis", *(f"Sentinel 127.0.0.1:{each.port}" for each in watch.sentinels), "Failover"]

    lines: list[tuple[str, str]] = []

    def all_are_well() -> bool:
        done = stack.run(*FLASK, "doctor", "--json", **watch.settings)
        found = {line["name"]: (line["level"], line["fact"]) for line in json.loads(done.stdout)["checks"]}
        lines[:] = [found[name] for name in names]
        return {level for level, _ in lines} == {"ok"}

    eventually(all_are_well, "all answer in time")
    _, *watching_it, failover = lines
    assert watching_it == [("ok", f"Names 127.0.0.1:{watch.master().port}, and has a quorum.")] * 3
    assert failover == ("ok", "A replica can take the place of the master.")


def told(watch: Watch, **changes: str) -> list[tuple[str, str]]:
    """What the doctor says of the sentinels with these settings."""
    app = create_app(load({"HOLDFAST_ENV": "test", "LOG_LEVEL": "error"} | watch.settings | changes))
    with app.app_context():
        found = list(checks.watch())
    assert not any(secret in repr(found) for secret in (PASSWORD, THEIR_PASSWORD))
    return [(check.level, check.fact) for check in found]


def test_the_doctor_tells_what_each_of_them_does_not_do(watch: Watch) -> None:
    with still(watch.sentinels[0]):
        eventually(lambda: [level for level, _ in told(watch)] == ["bad", "ok", "ok", "ok"], "the others answer")
        assert told(watch)[0][1].split(" It said")[0] == "Does not answer."
    strange = [("bad", "Knows no master of that name.")] * 3 + [("bad", "Nobody names a master.")]
    eventually(lambda: told(watch, REDIS_SENTINEL_MASTER="another") == strange, "they know no other")
    refused = told(watch, REDIS_SENTINEL_PASSWORD="a wrong one")
    assert [level for level, _ in refused] == ["bad"] * 4
    one = watch.settings["REDIS_SENTINELS"].partition(",")[0]
    warned = ["ok", "warning"]
    eventually(lambda: [level for level, _ in told(watch, REDIS_SENTINELS=one)] == warned, "one alone is warned of")


def killed(server: Watched) -> Callable[[], object]:
    """It is killed, and comes back as the master that it was."""
    server.kill()
    return server.start


def frozen(server: Watched) -> Callable[[], object]:
    """It stands still with all who are connected, and goes on."""
    os.kill(server.pid, signal.SIGSTOP)
    return lambda: os.kill(server.pid, signal.SIGCONT)


def lose_the_master(
    lose: Callable[[Watched], Callable[[], object]], watch: Watch, crew: Crew, clients: Load, page: Reader
) -> None:
    """All goes on without it, and it comes back as a replica."""
    lost, began = watch.master(), time.monotonic()
    bring_back = lose(lost)
    crew.until(lambda: watch.master() is not lost, "the replica is the master", 60)
    done = states(crew.stack)["done"]
    crew.until(lambda: clients.promised_since(began) > 0, "the shop goes on")
    crew.until(lambda: states(crew.stack)["done"] > done, "jobs are done")
    crew.until(lambda: watch.master().client.pttl("live:{health:1}:lease") > 0, "live shares what it sees")
    seen = len(page.of("zones"))
    crew.until(lambda: len(page.of("zones")) > seen, "the page is told what changes")
    bring_back()
    crew.until(lambda: lost.in_step, "the one that was lost follows", 60)
    crew.until(watch.is_whole, "all sentinels know it", 60)


@pytest.mark.chaos
def test_masters_that_are_lost_under_load_cost_no_sale_and_no_job(stack: Stack, tmp_path: Path) -> None:
    with (
        watch_in(tmp_path / "watch") as watch,
        serving_beside(stack, WORKERS="2", **watch.settings) as web,
        console_session(web, "viewer") as browser,
        crew_of(web, tmp_path) as crew,
        live_beside(web) as live,
        under_load(web, crew) as clients,
    ):
        page = watching(live, browser)
        for lose in islice(cycle([killed, frozen]), scaled(20, least=1)):
            lose_the_master(lose, watch, crew, clients, page)
        assert not page.ended
        crew.until(lambda: web.call("GET", "/ready").json()["status"] == "ready", "web has found the master")
        assert [member.ends for member in crew.members] == [[], [], []]
    assert (clients.cut, clients.unknown) == (0, [])
