"""No secret of a deployment and nothing that somebody typed as one is found anywhere afterwards."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis
import requests

from app.identity.principals import COOKIE
from tests.api.browsing import TOKEN
from tests.api.routes import routes
from tests.processes import canaries
from tests.processes.canaries import DATABASE_PASSWORD, REDIS_PASSWORD, SETTINGS, TYPED, said
from tests.processes.crew import SCHEDULER, WORKER, Crew, crew_of
from tests.processes.post_office import Office, open_office
from tests.processes.stack import FLASK, Stack, prepared, serving

AUTH, STORES = "/api/v1/auth", "/api/v1/stores"
JSON = {"Content-Type": "application/json"}
CRLF = "a\r\nX-Injected: 1\r\n\r\n\x1b[31m\x85\u2028"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A stack of its own whose every secret is a canary."""
    settings = SETTINGS | {"LOG_LEVEL": "debug", "SMTP_USERNAME": "holdfast"}
    with tempfile.TemporaryDirectory(prefix="hf-secrets-") as home, prepared(Path(home), **settings) as made:
        made.redis.config_set("requirepass", REDIS_PASSWORD)
        url = made.valkey.url(0)
        made.redis = redis.Redis.from_url(url, password=REDIS_PASSWORD)
        made.environment["REDIS_URL"] = url.replace("unix://", f"unix://:{REDIS_PASSWORD}@")
        made.environment["DATABASE_URL"] = made.environment["DATABASE_URL"].replace("@/", f":{DATABASE_PASSWORD}@/")
        with serving(made):
            yield made


@pytest.fixture
def crew(stack: Stack, tmp_path: Path) -> Iterator[Crew]:
    """Workers and schedulers of that stack."""
    with crew_of(stack, tmp_path) as made:
        yield made


class Visitor:
    """Somebody who uses every door, rightly and wrongly, and remembers what was given to them to keep."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.told = stack, ""
        self.given: set[str] = set()

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """A request whose answer is remembered when it is a refusal."""
        answer = self.stack.call(method, path, allow_redirects=False, **options)
        if answer.status_code >= 400:
            self.told += answer.text + str(answer.headers)
        return answer

    def sign_in(self, username: str, password: str) -> dict[str, str]:
        """A login over the API."""
        return self.given_by("login", username=username, password=password)

    def given_by(self, verb: str, **body: str) -> dict[str, str]:
        """The answer to a login or a refresh; its tokens are remembered, whole and by their signature."""
        pair: dict[str, str] = self.ask("POST", f"{AUTH}/{verb}", json=body).json()
        tokens = {pair[name] for name in pair if name in {"access_token", "refresh_token"}}
        self.given |= tokens | {token.rpartition(".")[2] for token in tokens}
        return pair

    def browse(self, username: str, password: str) -> dict[str, str]:
        """A login in the console; the answer is the cookies."""
        page = self.stack.call("GET", f"/console/login?token={TYPED}")
        form = {"username": username, "password": password, "csrf_token": TOKEN.findall(page.text)[0]}
        options: dict[str, Any] = {"data": form, "cookies": dict(page.cookies), "allow_redirects": False}
        cookies = dict(self.stack.call("POST", "/console/login", **options).cookies)
        self.given |= {cookies[name] for name in cookies if name == COOKIE}
        return cookies


def use_every_login(visitor: Visitor) -> None:
    """Right and wrong, renewed and ended."""
    pair = visitor.sign_in("operator", SETTINGS["DEMO_PASSWORD"])
    for name, password in (("operator", TYPED), (TYPED, "x"), (f"{TYPED}@example.test", TYPED), (CRLF, CRLF)):
        visitor.sign_in(name, password)
        visitor.browse(name, password)
    for token in (TYPED, pair["refresh_token"], pair["access_token"], pair["refresh_token"]):
        visitor.given_by("refresh", refresh_token=token)
    visitor.ask("POST", f"{AUTH}/logout", token=pair["access_token"], json={"all": True, "password": TYPED})
    visitor.ask("POST", f"{AUTH}/logout", token=pair["access_token"])
    visitor.ask("POST", f"{AUTH}/refresh", json={"refresh_token": pair["refresh_token"]})


def say_secrets_everywhere(visitor: Visitor) -> None:
    """In headers, cookies, addresses, and bodies that are none; and line ends where a line of the log is made of it."""
    for path in ("/nothing/", "/api/v1/stores/", "/console/", "/docs/problems/"):
        visitor.ask("GET", path + quote(CRLF), headers={"X-Request-ID": quote(CRLF), "Accept": "text/html"})
    headers = {"X-CSRFToken": TYPED, "Referer": f"http://x/?token={TYPED}", "User-Agent": TYPED, "X-Api-Key": TYPED}
    for authorization in (f"Bearer {TYPED}", f"Basic {TYPED}", TYPED, f"Bearer {TYPED}.{TYPED}.{TYPED}"):
        for path in (STORES, "/metrics", "/console/stores", "/nothing"):
            for method in ("GET", "POST", "DELETE"):
                visitor.ask(
                    method,
                    f"{path}?token={TYPED}&cursor={TYPED}",
                    headers=headers | {"Authorization": authorization},
                    cookies={"holdfast_session": TYPED, "holdfast_form": TYPED},
                )
    for body in (
        f'{{"password": "{TYPED}"',
        f'"{TYPED}"',
        f'{{"password": "{TYPED}"}}{{',
        f'{{"password": ["{TYPED}"]}}',
    ):
        visitor.ask("POST", f"{AUTH}/login", data=body, headers=JSON)
        visitor.ask("POST", f"{AUTH}/login", data=body)
    visitor.ask("POST", f"{AUTH}/login", json={"username": "operator", "password": TYPED * 50, "otp": TYPED})


def say_what_is_no_http(visitor: Visitor) -> None:
    """The server in front refuses these before the application sees them."""
    secret = TYPED.encode()
    for request in (
        b"GET /?token=" + secret + b" HTTP/9.9\r\n\r\n",
        b"GET /?token=" + secret + b"\r\n\r\n",
        b"G(T /?token=" + secret + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization Bearer " + secret + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthori zation: Bearer " + secret + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + secret + b"\0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: a\r\n " + secret + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + secret * 400 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + secret + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + secret + b"\r\n\r\n",
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + secret + b"\r\n",
    ):
        assert said(visitor.stack, request).startswith(b"HTTP/1.1 "), request


def break_the_database(visitor: Visitor) -> None:
    """A login and a refresh meet a fault of ours."""
    visitor.stack.sql("ALTER TABLE users RENAME email TO gone; ALTER TABLE sessions RENAME seed TO gone")
    try:
        for path, body in (("login", {"username": TYPED, "password": TYPED}), ("refresh", {"refresh_token": REFRESH})):
            assert visitor.ask("POST", f"{AUTH}/{path}", json=body).status_code == 500
    finally:
        visitor.stack.sql("ALTER TABLE users RENAME gone TO email; ALTER TABLE sessions RENAME gone TO seed")


def look_at_every_page(visitor: Visitor) -> str:
    """All that an admin and a scrape can read."""
    cookies = visitor.browse("admin", SETTINGS["ADMIN_PASSWORD"])
    token = visitor.sign_in("admin", SETTINGS["ADMIN_PASSWORD"])["access_token"]
    pages = [
        visitor.ask("GET", quote(route.path(), safe="/"), token=token, cookies=cookies)
        for route in routes()
        if route.method == "GET"
    ]
    assert sum(page.ok for page in pages) > 30
    scraped = visitor.ask("GET", "/metrics", token=SETTINGS["METRICS_TOKEN"])
    assert scraped.ok
    return scraped.text + "".join(page.text for page in pages)


REFRESH = f"{'0' * 32}.0.{'canary-of-a-refresh-token':A<43}"
SECRETS = [*SETTINGS.values(), DATABASE_PASSWORD, REDIS_PASSWORD, TYPED, REFRESH]


def test_no_secret_is_found_anywhere_after_every_door_was_used(stack: Stack, crew: Crew) -> None:
    visitor, office = Visitor(stack), Office()
    with open_office(office, login=True) as port:
        crew.environment |= {"SMTP_PORT": str(port)}
        crew.keep(*SCHEDULER)
        crew.keep(*WORKER)
        use_every_login(visitor)
        say_secrets_everywhere(visitor)
        say_what_is_no_http(visitor)
        break_the_database(visitor)
        assert stack.run(*FLASK, "mail", "test", "anna@example.test").returncode == 0
        crew.until(lambda: stack.sql("SELECT 1 FROM emails WHERE state = 'failed'"), "the mail has failed")
        pages = look_at_every_page(visitor)
        found = [*canaries.places(stack, crew.output), ("pages", pages.encode()), ("refusals", visitor.told.encode())]
    assert SETTINGS["SMTP_PASSWORD"].encode() in office.passwords
    told = {"unexpected fault", "Invalid request from", "SMTPAuthenticationError", '"debug"'}
    assert {word for word in told if any(word.encode() in text for _, text in found)} == told, (
        "the search finds nothing"
    )
    assert len(visitor.given) > 10
    hidden = [secret.encode() for secret in {*SECRETS, *visitor.given}]
    assert [(place, secret) for place, text in found for secret in hidden if secret in text] == []
    for line in (stack.home / "output").read_bytes().splitlines() + crew.output.read_bytes().splitlines():
        assert json.loads(line)["level"], line


def test_the_programs_that_cannot_start_tell_no_secret(stack: Stack) -> None:
    wrong = {
        "DATABASE_URL": f"mysql://holdfast:{TYPED}@localhost/x",
        "REDIS_URL": f"http://:{TYPED}@localhost",
        "PAYMENT_WEBHOOK_SECRETS": TYPED,
        "ADMIN_PASSWORD": TYPED * 9,
        "SECRET_KEY": TYPED,
        "HOLDFAST_SECRET": TYPED,
        "HOLDFAST_ENV": "production",
        "METRICS_TOKEN_FILE": "/nowhere",
    }
    for database in (
        f"postgresql://x:{TYPED}@127.0.0.1:1/x",
        f"postgresql://x:{TYPED}@[/x",
        f"postgresql://x:{TYPED}%zz@:x/x",
    ):
        for program in ((*FLASK, "invariants"), (*FLASK, "config", "check")):
            done = stack.run(*program, DATABASE_URL=database)
            assert TYPED not in done.stdout + done.stderr
    for command in (
        "-m flask --app wsgi config check",
        "-m flask --app wsgi config example",
        "worker.py",
        "scheduler.py",
    ):
        done = stack.run(*command.split(), **wrong)
        assert TYPED not in done.stdout + done.stderr
        assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr]
