"""ETag and If-Match over the version of a row."""

import re

from flask import Response, request

TAG = re.compile(r'"v(\d{1,18})"')


def tag(version: int) -> str:
    """The strong tag of a version."""
    return f'"v{version}"'


def expected_versions() -> frozenset[int] | None:
    """The versions that If-Match allows; None when it allows any."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    parts = (TAG.fullmatch(part.strip()) for part in header.split(","))
    return frozenset(int(match[1]) for match in parts if match)


def tagged(response: Response, version: int) -> Response:
    """Set the ETag, and answer 304 to a reader who already has this version."""
    response.headers["ETag"] = tag(version)
    if request.method in {"GET", "HEAD"}:
        response.make_conditional(request)
    return response
