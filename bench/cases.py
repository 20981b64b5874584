"""What is measured. A new case is one more entry in CASES."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Case:
    """One request, sent over and over.

    `login` is the demo user who sends it. `script` names a Lua file in this folder that varies it; it begins with
    dofile("wrk.lua"). `sql` is the statement at the heart of the case, whose bare speed `--sql` measures with pgbench.
    """

    name: str
    path: str
    method: str = "GET"
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    login: str = ""
    script: str = ""
    sql: str = ""

    def request_headers(self, token: str) -> dict[str, str]:
        """The headers of every request of this case."""
        given = {"Content-Type": "application/json"} if self.body else {}
        given |= {"Authorization": f"Bearer {token}"} if token else {}
        return given | self.headers


HELLO = Case(name="hello", path="/")

CASES = [
    Case(name="health", path="/health"),
    Case(name="store", path="/api/v1/stores/1", login="viewer", sql="SELECT * FROM stores WHERE id = 1;"),
    Case(name="stores", path="/api/v1/stores", login="viewer", sql="SELECT * FROM stores ORDER BY id LIMIT 26;"),
]
