"""What a browser does before it sends a form, and what it shows after."""

import csv
import re
from io import StringIO
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def csrf_token(client: FlaskClient, page: str = "/console/login") -> str:
    """The token in the form of a page."""
    found = TOKEN.search(client.get(page).text)
    assert found, f"{page} has no form"
    return found[1]


def sent(client: FlaskClient, path: str, *, headers: Any = None, **form: Any) -> Any:
    """The answer to a form of an operator."""
    values = MultiDict(form)
    values["csrf_token"] = csrf_token(client, "/console/stores/new")
    return client.post(path, data=values, headers=headers)


def exported(client: FlaskClient, path: str) -> list[dict[str, str]]:
    """What a spreadsheet reads."""
    return list(csv.DictReader(StringIO(client.get(path).text, newline="")))


def flashed(client: FlaskClient, path: str) -> str:
    """What the next page says."""
    found = re.search(r'<div class="toast.*?<p>(.*?)</p>', client.get(path).text, re.DOTALL)
    return found[1] if found else ""
