"""One request before each run: load generators count a redirect as success, this does not."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

from bench.cases import Case
from bench.figures import BenchError


def probe(url: str, case: Case, token: str) -> None:
    """Raise unless the case is answered with 2xx."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(case.method, case.path, case.body or None, case.request_headers(token))
        answer = connection.getresponse()
        if not 200 <= answer.status < 300:
            text = answer.read(500).decode(errors="replace")
            raise BenchError(f"{case.name}: {case.method} {case.path} is answered with {answer.status}: {text}")
    finally:
        connection.close()
