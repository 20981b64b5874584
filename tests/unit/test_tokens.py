"""An access token is ours, whole and alive, or it is answered with 401."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from app.core.web import HoldfastApp
from app.identity.tokens import REQUIRED
from tests.callers import Caller

Forge = Callable[..., str]
LONG_AGO, FAR_AHEAD = 1_000_000_000, 10_000_000_000
SIGNED_IN = "/api/v1/auth/logout"


@pytest.fixture
def forge(app: HoldfastApp, operator: Caller) -> Forge:
    """A maker of tokens that differ from a good one."""
    good = jwt.decode(operator.token, options={"verify_signature": False})

    def make(
        *, without: str = "", key: str = app.config["JWT_SECRET_KEY"], algorithm: str = "HS256", **claims: Any
    ) -> str:
        kept = {name: value for name, value in (good | claims).items() if name != without}
        return jwt.encode(kept, key, algorithm=algorithm)

    return make


@pytest.fixture
def ask(client: Any) -> Callable[[str], Any]:
    """Send a header to where one must be signed in."""
    return lambda header: client.post(SIGNED_IN, headers={"Authorization": header})


def test_a_token_like_ours_is_taken(ask: Any, forge: Forge) -> None:
    assert ask(f"Bearer {forge()}").status_code == 204


def test_the_scheme_is_read_in_any_case(ask: Any, forge: Forge) -> None:
    assert ask(f"bEARER  {forge()} ").status_code == 204


@pytest.mark.filterwarnings("ignore:The HMAC key is")
@pytest.mark.parametrize(
    "changes",
    [
        {"key": "another key that is long enough for anybody"},
        {"algorithm": "HS512"},
        {"algorithm": "none", "key": ""},
        {"aud": "another-api"},
        {"aud": []},
        {"iss": "somebody else"},
        {"exp": LONG_AGO},
        {"exp": "soon"},
        {"nbf": FAR_AHEAD},
        {"type": "refresh"},
        {"type": None},
        {"sub": 5},
        {"sid": "01890000-0000-7000-8000-000000000000"},
        {"sid": "no uuid"},
        {"sid": 5},
        {"sid": None},
        {"jti": None},
        *({"without": name} for name in sorted(REQUIRED)),
    ],
    ids=str,
)
def test_a_token_with_a_fault_is_refused(ask: Any, forge: Forge, changes: dict[str, Any]) -> None:
    refused = ask(f"Bearer {forge(**changes)}")
    assert (refused.status_code, refused.json["code"]) == (401, "not_authenticated")
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize(
    "header",
    [
        {"kid": "../../../../dev/null"},
        {"kid": "x' UNION SELECT 'key"},
        {"kid": "http://127.0.0.1/key"},
        {"jku": "http://127.0.0.1/keys.json"},
        {"x5u": "http://127.0.0.1/chain.pem"},
        {"jwk": {"kty": "oct", "k": "YW5vdGhlciBrZXkgdGhhdCBpcyBsb25nIGVub3VnaA"}},
        {"crit": ["exp"]},
        {"cty": "JWT"},
    ],
    ids=str,
)
def test_a_token_cannot_choose_the_key_that_it_is_verified_with(
    ask: Any, operator: Caller, header: dict[str, Any]
) -> None:
    claims = jwt.decode(operator.token, options={"verify_signature": False})
    for key in ("another key that is long enough for anybody", "\0" * 32):
        assert ask(f"Bearer {jwt.encode(claims, key, 'HS256', headers=header)}").status_code == 401


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "NONE", "", "HS384", "RS256", "hs256", "dir"])
def test_a_token_cannot_choose_how_it_is_verified(ask: Any, operator: Caller, algorithm: str) -> None:
    head = urlsafe_b64encode(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()).decode().rstrip("=")
    _, claims, signature = operator.token.split(".")
    for end in ("", signature):
        assert ask(f"Bearer {head}.{claims}.{end}").status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer é",
        "Bearer a b",
        "Bearer ..",
        "Basic YTpi",
        "\x7f",
        "Bearer eyJhbGciOiJIUzI1NiJ9.W10.x",
        "Bearer bnVsbA.bnVsbA.bnVsbA",
        f"Bearer {'A' * 8000}",
        "Bearer null",
    ],
    ids=lambda header: repr(header)[:30],
)
def test_what_is_no_token_is_refused(ask: Any, header: str) -> None:
    assert ask(header).status_code == 401


def test_a_token_of_an_ended_session_is_refused(ask: Any, operator: Caller) -> None:
    assert ask(f"Bearer {operator.token}").status_code == 204
    assert ask(f"Bearer {operator.token}").status_code == 401


def test_a_token_of_somebody_who_was_deactivated_is_refused(ask: Any, operator: Caller, sql: Any) -> None:
    sql.execute("UPDATE users SET is_active = false")
    assert ask(f"Bearer {operator.token}").status_code == 401
