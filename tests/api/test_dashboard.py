"""rq-dashboard behind our door: admins only, nothing changed by a GET or from another site."""

import re

import pytest
from flask.testing import FlaskClient

from app.core import settings
from app.core.queues import queue
from app.core.roles import Role
from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.factory import create_app
from app.jobs.worker import ring
from tests.api.conftest import AsRole, opened

PREFIX = "/console/ops/rq"
HERE = {"Origin": "http://localhost"}


@pytest.fixture
def admin(as_role: AsRole) -> FlaskClient:
    return as_role(Role.ADMIN).client


@pytest.fixture
def message(app: HoldfastApp, clean: None) -> str:
    """A message that waits in Redis."""
    return queue("quick", app.extensions["holdfast.redis"].client).enqueue(ring, 1).id


def test_an_admin_sees_the_queues(admin: FlaskClient, message: str) -> None:
    assert admin.get(PREFIX + "/").status_code == 200
    assert [line["name"] for line in admin.get(f"{PREFIX}/0/data/queues.json").get_json()["queues"]] == ["quick"]
    assert admin.get(f"{PREFIX}/0/data/job/{message}.json").get_json()["status"] == "queued"


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER, Role.CUSTOMER])
@pytest.mark.parametrize("path", ["/", "/0/data/queues.json", "/static/css/main.css"])
def test_others_see_nothing(as_role: AsRole, role: Role, path: str) -> None:
    assert as_role(role).client.get(PREFIX + path).status_code == 403


def test_who_is_not_signed_in_is_sent_to_the_login(client: FlaskClient) -> None:
    assert "/console/login" in client.get(f"{PREFIX}/0/view/workers").headers["Location"]


def test_a_get_changes_nothing(admin: FlaskClient, message: str) -> None:
    answer = admin.get(f"{PREFIX}/requeue/quick")
    assert answer.status_code == 405
    assert "GET" not in answer.headers["Allow"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", **HERE},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://elsewhere.example"},
    ],
    ids=str,
)
def test_another_site_changes_nothing(admin: FlaskClient, message: str, headers: dict[str, str]) -> None:
    assert admin.post(f"{PREFIX}/job/{message}/delete", headers=headers).status_code == 400
    assert admin.get(f"{PREFIX}/0/data/job/{message}.json").status_code == 200


@pytest.mark.parametrize("headers", [HERE, {"Sec-Fetch-Site": "same-origin"}, HERE | {"Sec-Fetch-Site": "same-origin"}])
def test_its_own_pages_may_change_things(admin: FlaskClient, message: str, headers: dict[str, str]) -> None:
    assert admin.post(f"{PREFIX}/job/{message}/delete", headers=headers).get_json() == {"status": "OK"}
    assert admin.get(f"{PREFIX}/0/data/job/{message}.json").status_code == 404


def test_an_operator_changes_nothing_from_its_pages(as_role: AsRole, message: str) -> None:
    answer = as_role(Role.OPERATOR).client.post(f"{PREFIX}/job/{message}/delete", headers=HERE)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/0/view/job/none",
        "/0/data/jobs/quick/nowhere/8/asc/1.json",
        "/0/data/jobs/quick/queued/x/asc/1.json",
        "/0/data/jobs/quick/queued/0/asc/1.json",
    ],
)
def test_what_is_not_there_is_no_fault_of_ours(admin: FlaskClient, path: str) -> None:
    assert admin.get(PREFIX + path).status_code == 404


def test_its_policy_holds_on_its_own_pages_only(admin: FlaskClient) -> None:
    assert "'unsafe-inline'" in admin.get(PREFIX + "/").headers["Content-Security-Policy"]
    assert "unsafe" not in admin.get("/console/ops/health").headers["Content-Security-Policy"]


def test_another_redis_cannot_be_chosen_in_the_address(admin: FlaskClient, message: str) -> None:
    assert len(admin.get(f"{PREFIX}/7/data/queues.json").get_json()["queues"]) == 1


def test_its_pages_tell_nobody_where_redis_is(admin: FlaskClient, chosen: Settings) -> None:
    page = admin.get(PREFIX + "/").text
    assert re.sub(r"^\w+://", "", chosen.redis_url) not in page


@pytest.fixture
def without_redis(chosen: Settings, db_url: str, clean: None) -> FlaskClient:
    """An admin of an application whose Redis is not there."""
    made = {"HOLDFAST_ENV": "test", "DATABASE_URL": db_url, "REDIS_URL": "unix:///nowhere/redis.sock"}
    app = create_app(settings.load(made | {"SECRET_KEY": chosen.secret_key, "LOG_LEVEL": "error"}))
    login, _ = opened(app, Role.ADMIN, "admin")
    client = app.test_client()
    client.set_cookie("holdfast_session", login.token, path="/console")
    return client


def test_without_redis_the_health_page_says_so_and_what_to_do(without_redis: FlaskClient) -> None:
    page = without_redis.get("/console/ops/health")
    assert page.status_code == 200
    assert "Nothing is lost" in page.text
    assert "Not known while Redis does not answer" in page.text


@pytest.mark.parametrize("path", ["/", "/0/view/workers", "/0/data/queues.json"])
def test_without_redis_rq_dashboard_is_unavailable_and_no_fault(without_redis: FlaskClient, path: str) -> None:
    answer = without_redis.get(PREFIX + path)
    assert answer.status_code in {200, 503}
    assert "Connection Error" in answer.text or "Redis does not answer" in answer.text
