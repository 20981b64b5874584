"""What a browser does before it sends a form."""

import re

from flask.testing import FlaskClient

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def csrf_token(client: FlaskClient, page: str = "/console/login") -> str:
    """The token in the form of a page."""
    found = TOKEN.search(client.get(page).text)
    assert found, f"{page} has no form"
    return found[1]
