"""Every refusal has a stable code, a sentence for users and a page of its own."""

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

import pytest
from flask.testing import FlaskClient

from app.core.errors import CATALOGUE, AppError


def weak(errors: Iterable[type[AppError]]) -> Iterator[str]:
    for error in errors:
        if not re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", error.code):
            yield f"{error.__name__}: {error.code!r} is no code"
        if not error.__doc__ or not error.__doc__.strip().endswith("."):
            yield f"{error.__name__}: its docstring is the text of its page and is missing"
        if not 400 <= error.status <= 503:
            yield f"{error.__name__}: {error.status} is no status of a refusal"
        if error.__name__.endswith(("Error", "Exception")):
            yield f"{error.__name__}: an error is named after the fact"


def subclasses(of: type[AppError]) -> Iterator[type[AppError]]:
    for error in of.__subclasses__():
        yield error
        yield from subclasses(error)


@pytest.mark.usefixtures("app")
def test_every_refusal_has_code_status_and_docstring() -> None:
    assert list(weak(CATALOGUE.values())) == []


@pytest.mark.usefixtures("app")
def test_every_refusal_of_the_application_is_in_the_catalogue() -> None:
    ours = {error for error in subclasses(AppError) if error.__module__.startswith("app.")}
    assert ours == set(CATALOGUE.values())


def test_every_refusal_has_its_page(client: FlaskClient) -> None:
    pages = {code: client.get(f"/docs/problems/{code}") for code in CATALOGUE}
    assert [code for code, page in pages.items() if page.status_code != 200 or code not in page.text] == []


def test_a_code_that_does_not_exist_has_no_page(client: FlaskClient) -> None:
    assert client.get("/docs/problems/no_such_code").status_code == 404


def test_a_code_belongs_to_one_class() -> None:
    with pytest.raises(TypeError, match="takes the code stale"):
        type("Outdated", (AppError,), {"code": "stale"})


def test_a_weak_refusal_is_found() -> None:
    class PoorError(AppError):
        status: ClassVar[int] = 200

    assert len(list(weak([PoorError]))) == 4
