"""Refusals carry their figures in words, in members and in headers."""

from string import Formatter

import pytest

from app.core.errors import BY_CONSTRAINT, CATALOGUE, AppError, RateLimited, Stale
from app.core.problems import problem_of
from app.core.web import HoldfastApp


class Filled(dict[str, object]):
    """A figure for every name that a template asks for."""

    def __init__(self, template: str) -> None:
        """Take the names from the template."""
        super().__init__({name: 7 for _, name, _, _ in Formatter().parse(template) if name})


@pytest.mark.usefixtures("app")
def test_every_detail_is_filled_from_figures() -> None:
    for error in CATALOGUE.values():
        text = error.text(type("Raised", (), {"detail": error.detail, "figures": Filled(error.detail)}))  # type: ignore[arg-type]
        assert text.endswith(".") or error.detail == "{reason}", error
        assert "{" not in text


@pytest.mark.usefixtures("app")
def test_a_constraint_leads_to_the_refusal_that_names_it() -> None:
    assert {error.constraint: error for error in CATALOGUE.values() if error.constraint} == BY_CONSTRAINT
    assert BY_CONSTRAINT["uq_users_username"].code == "username_taken"


def test_figures_stand_in_the_text_and_beside_the_code(app: HoldfastApp) -> None:
    with app.test_request_context("/api/v1/stores/1"):
        problem = problem_of(Stale(version=4))
    assert problem["detail"] == "The object has changed since it was read; its version is now 4."
    assert (problem["version"], problem["code"], problem["title"], problem["status"]) == (4, "stale", "Stale", 412)
    assert (problem["type"], problem["instance"]) == ("/docs/problems/stale", "/api/v1/stores/1")


def test_a_figure_never_replaces_a_member_of_the_standard(app: HoldfastApp) -> None:
    with app.test_request_context("/"):
        assert problem_of(Stale(version=4, status=200, code="fine"))["status"] == 412


def test_a_wait_can_be_the_rule_or_of_this_time() -> None:
    assert (RateLimited().retry_after, RateLimited(retry_after=2.5).retry_after) == (1, 2.5)
    assert AppError.retry_after is None


def test_braces_in_a_figure_are_only_text() -> None:
    malformed = CATALOGUE["malformed_body"]
    assert str(malformed(reason="{version} of {0}")) == "{version} of {0}"
