"""One request before each run: load generators count a redirect as success, this does not."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

from bench.cases import Case
from bench.figures import BenchError


def probe(url: str, case: Case, token: str) -> None:
    """Raise unless the case is answered as it should be."""
    headers, body = case.requests(token)[0]
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(case.method, case.path, body or None, headers)
        answer = connection.getresponse()
        if not case.succeeds_by(answer.status):
            text = answer.read(500).decode(errors="replace")
            raise BenchError(f"{case.name}: {case.method} {case.path} is answered with {answer.status}: {text}")
    finally:
        connection.close()
