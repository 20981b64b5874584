"""What is measured. A new case is one more entry in CASES."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Case:
    """One request, sent over and over.

    `login` is the demo user who sends it. `script` names a Lua file in this folder that varies it; it begins with
    dofile("wrk.lua"). `crowd` names a file with a line for each of many senders, who ask in turn: headers parted by
    "|", a tab, a body. A case that is `refused` succeeds by 409. `connections` says how many ask at once where that
    is not for the run to say. `sql` is the statement at the heart of the case, whose bare speed `--sql` measures with
    pgbench.
    """

    name: str
    path: str
    method: str = "GET"
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    login: str = ""
    script: str = ""
    crowd: str = ""
    refused: bool = False
    connections: int = 0
    sql: str = ""

    def request_headers(self, token: str) -> dict[str, str]:
        """The headers of every request of this case."""
        given = {"Content-Type": "application/json"} if self.body or self.crowd else {}
        given |= {"Authorization": f"Bearer {token}"} if token else {}
        return given | self.headers

    def requests(self, token: str) -> list[tuple[dict[str, str], str]]:
        """The headers and the body of each request in turn."""
        same = self.request_headers(token)
        if not self.crowd:
            return [(same, self.body)]
        lines = Path(self.crowd).read_text(encoding="utf-8").splitlines()
        return [(same | _headers(own), body) for own, _, body in (line.partition("\t") for line in lines)]

    def succeeds_by(self, status: int) -> bool:
        """Whether this answer is the one that is meant to be measured."""
        return status == 409 if self.refused else 200 <= status < 300


def _headers(text: str) -> dict[str, str]:
    pairs = (pair.partition(": ") for pair in text.split("|") if pair)
    return {name: value for name, _, value in pairs}


HELLO = Case(name="hello", path="/")

CASES = [
    Case(name="health", path="/health"),
    Case(name="store", path="/api/v1/stores/1", login="viewer", sql="SELECT * FROM stores WHERE id = 1;"),
    Case(name="stores", path="/api/v1/stores", login="viewer", sql="SELECT * FROM stores ORDER BY id LIMIT 26;"),
]
