"""What watches the state of the shop sees it change, whatever dies or is slow, and nobody else does."""

from collections.abc import Iterator

import pytest
import requests

from tests.processes.stack import Stack, eventually
from tests.processes.streaming import STREAM, Live, Reader, console_session, live_beside, watching

DEAD = """
    INSERT INTO jobs (name, args, request_id, state, attempts, error, started_at, finished_at)
    VALUES ('mail.deliver', '{}', 'live', 'dead', 8, 'x', clock_timestamp(), clock_timestamp())
"""


@pytest.fixture
def live(web: Stack) -> Iterator[Live]:
    web.sql("DELETE FROM jobs; DELETE FROM schedules")  # what is late or long ago is told anew each second
    with live_beside(web) as made:
        yield made


@pytest.fixture
def viewer(web: Stack) -> requests.Session:
    return console_session(web, "viewer")


def knows(reader: Reader, words: str) -> None:
    eventually(lambda: words in reader.page, f"the page says {words!r}")


def test_a_viewer_sees_a_change_without_asking_and_only_what_changed_is_sent(
    live: Live, viewer: requests.Session
) -> None:
    page = watching(live, viewer)
    knows(page, "None.")
    eventually(lambda: page.of("beat"), "a stream without news says that it is there")
    before = len(page.of("zones"))
    live.stack.sql(DEAD)
    knows(page, "One waits for somebody.")
    assert len(page.of("zones")) <= before + 2  # Redis' message counts may have moved too
    assert all(told["now"].endswith("Z") and told["age"] >= 0 for told in page.of("zones"))


def test_nobody_else_gets_a_stream(live: Live, viewer: requests.Session) -> None:
    address, ours = f"{live.url}{STREAM}", f"http://127.0.0.1:{live.stack.port}"
    stranger = requests.get(address, timeout=30)
    assert (stranger.status_code, stranger.json()["code"]) == (401, "not_authenticated")
    for headers in ({"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site"}):
        refused = viewer.get(address, headers=headers, timeout=30)
        assert (refused.status_code, refused.json()["code"]) == (403, "origin_refused")
        assert "Access-Control-Allow-Origin" not in refused.headers
    with viewer.get(address, headers={"Origin": ours}, stream=True, timeout=30) as allowed:
        assert allowed.headers["Access-Control-Allow-Origin"] == ours
        assert allowed.headers["Access-Control-Allow-Credentials"] == "true"
    unknown = viewer.get(f"{live.url}/console/live/stream/nothing/1", timeout=30)
    assert unknown.status_code == 404


def test_the_live_process_serves_streams_and_nothing_else(live: Live, viewer: requests.Session) -> None:
    for path in ("/console/", "/console/live/zones/health/1", "/api/v1/stores", "/console/login"):
        assert viewer.get(f"{live.url}{path}", timeout=30, allow_redirects=False).status_code == 404, path
    eventually(lambda: requests.get(f"{live.url}/ready", timeout=30).json()["status"] == "ready", "it is ready")


def test_a_web_process_says_that_streams_are_elsewhere_and_shows_the_same_once(
    live: Live, viewer: requests.Session
) -> None:
    here = f"http://127.0.0.1:{live.stack.port}"
    refused = viewer.get(f"{here}{STREAM}", timeout=30)
    assert (refused.status_code, refused.json()["code"]) == (421, "live_elsewhere")
    shown = viewer.get(f"{here}/console/live/zones/health/1", timeout=30).json()
    assert "Dead letters" in shown["zones"]["checks"]
    assert requests.get(f"{here}/console/live/zones/health/1", timeout=30).status_code == 401


def test_a_live_process_that_is_killed_is_followed_by_one_that_goes_on(live: Live, viewer: requests.Session) -> None:
    page = watching(live, viewer)
    knows(page, "None.")
    live.kill()
    eventually(lambda: page.ended, "the stream is cut")
    live.stack.sql(DEAD)
    live.start()
    again = watching(live, viewer)
    knows(again, "One waits for somebody.")
    assert live.figure("live_streams", stream="health") == 1  # nothing is left of those who were killed


def test_a_session_that_is_ended_ends_its_stream(live: Live, web: Stack) -> None:
    browser, other = console_session(web, "viewer"), console_session(web, "operator")
    page, others = watching(live, browser), watching(live, other)
    knows(page, "None.")
    web.sql(
        "UPDATE sessions SET ended_at = clock_timestamp() WHERE token_hash = encode(sha256(%s::bytea), 'hex')",
        browser.cookies["holdfast_session"],
    )
    eventually(lambda: page.ended, "the stream has ended")
    assert not others.ended


def test_a_role_that_is_lowered_ends_the_stream(live: Live, web: Stack, viewer: requests.Session) -> None:
    page = watching(live, viewer)
    knows(page, "None.")
    web.sql("UPDATE users SET role = 'customer' WHERE username = 'viewer'")
    try:
        eventually(lambda: page.ended, "the stream has ended")
        assert viewer.get(f"{live.url}{STREAM}", timeout=30).status_code == 403
    finally:
        web.sql("UPDATE users SET role = 'viewer' WHERE username = 'viewer'")


def test_while_nobody_can_say_whether_the_reader_may_stay_the_reader_learns_nothing(
    live: Live, viewer: requests.Session
) -> None:
    page, redis = watching(live, viewer), live.stack.redis
    knows(page, "None.")
    with live.stack.frozen(live.stack.postgres):
        eventually(
            lambda: (page.of("beat")[-1]["age"] or 0) > 2, "whether the reader may stay was asked, and not answered"
        )
        redis.set("live:{health:1}:lease", "another process", px=60_000)
        seen = {"moment": page.of("beat")[-1]["now"], "version": "new", "zones": '{"checks":"What another saw."}'}
        redis.hset("live:{health:1}:state", items=[fact for pair in seen.items() for fact in pair])
        before = len(page.of("beat"))
        eventually(lambda: len(page.of("beat")) > before + 3, "the stream goes on")
        assert "What another saw." not in page.page
        assert not page.ended
    knows(page, "What another saw.")
    redis.delete("live:{health:1}:lease", "live:{health:1}:state")


def test_a_user_has_so_many_streams_and_the_process_too(web: Stack, viewer: requests.Session) -> None:
    with live_beside(web, LIVE_STREAMS="3", LIVE_STREAMS_PER_USER="2") as live:
        readers = [watching(live, viewer) for _ in range(2)]
        refused = viewer.get(f"{live.url}{STREAM}", timeout=30)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        operator = console_session(web, "operator")
        readers.append(watching(live, operator))
        full = operator.get(f"{live.url}{STREAM}", timeout=30)
        assert (full.status_code, full.json()["code"]) == (503, "live_full")
        assert int(full.headers["Retry-After"]) >= 1
        readers[0].close()
        eventually(lambda: live.figure("live_streams", stream="health") == 2, "a seat is free")
        watching(live, viewer)


@pytest.mark.parametrize("outage", ["without", "frozen"])
def test_without_redis_a_page_still_learns_what_changes(live: Live, viewer: requests.Session, outage: str) -> None:
    page = watching(live, viewer)
    knows(page, "None.")
    with getattr(live.stack, outage)(live.stack.valkey):
        live.stack.sql(DEAD)
        knows(page, "One waits for somebody.")
    assert not page.ended


def test_a_database_that_hangs_makes_the_page_old_and_stops_no_stream(live: Live, viewer: requests.Session) -> None:
    page = watching(live, viewer)
    knows(page, "None.")
    with live.stack.frozen(live.stack.postgres):
        before = len(page.of("beat"))
        eventually(lambda: len(page.of("beat")) > before + 2, "the stream says that it is there")
        eventually(lambda: page.of("beat")[-1]["age"] > 2, "and how old its state is")
        assert live.answers()
    eventually(lambda: page.of("beat")[-1]["age"] < 2, "it is fresh again")
    live.stack.sql(DEAD)
    knows(page, "One waits for somebody.")


def test_of_two_live_processes_one_looks_and_the_other_follows_when_it_is_killed(
    live: Live, web: Stack, viewer: requests.Session
) -> None:
    def looks(process: Live) -> float:
        return process.figure("live_snapshot_seconds_count", stream="health")

    def the_first_looks_for_both() -> bool:
        """The other may have looked before, when the first or Redis was slow for a moment."""
        began, seen = looks(live), looks(other)
        eventually(lambda: looks(live) >= began + 3, "the first goes on looking")
        return looks(other) == seen

    first = watching(live, viewer)
    knows(first, "None.")
    with live_beside(web) as other:
        second = watching(other, viewer)
        knows(second, "None.")
        eventually(the_first_looks_for_both, "one looks, the other follows")
        before = looks(other)
        web.sql(DEAD)
        knows(second, "One waits for somebody.")
        live.kill()
        web.sql(DEAD.replace("'live'", "'again'"))
        knows(second, "2 wait for somebody.")
        assert looks(other) > before


def test_what_nobody_watches_is_not_looked_at(live: Live, viewer: requests.Session) -> None:
    page = watching(live, viewer)
    knows(page, "None.")
    page.close()
    eventually(lambda: live.figure("live_streams", stream="health") == 0, "nobody watches")
    eventually(lambda: not live.stack.redis.exists("live:{health:1}:lease"), "the lease is given up")


def test_a_live_process_that_is_asked_to_end_does_so_soon(live: Live, viewer: requests.Session) -> None:
    page = watching(live, viewer)
    knows(page, "None.")
    assert live.program is not None
    before = len(live.stack.output.read_text())
    live.program.terminate()
    assert live.program.wait(60) == 0
    eventually(lambda: page.ended, "its stream has ended")
    assert "graceful timeout" not in live.stack.output.read_text()[before:].lower()
