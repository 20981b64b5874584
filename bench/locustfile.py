"""A crowd for locust: 87% tell of one buy after the other, 9% in bursts, 4% look at the figures.

`pip install locust` first; it is no part of the locks. Then beside a running stack, with an HTML report for each size:

    python -m bench.presets http://127.0.0.1:8000

or one size by hand: `locust -f bench/locustfile.py --host http://127.0.0.1:8000 --headless -u 100 -r 50 -t 60s`.
`BENCH_LOGIN` and `BENCH_PASSWORD` name somebody who may see figures (the demo's viewer when they are not given).
"""

import os
import random
from uuid import uuid4

from locust import HttpUser, between, task

API = "/api/v1"
BURST = 20


def buy(user: HttpUser) -> None:
    """Tell of a buy under an event of its own."""
    body = {
        "user_id": random.randint(1, 100_000),  # noqa: S311 - no secret
        "promotion_id": random.randint(1, 5),  # noqa: S311 - no secret
        "product_id": random.randint(1, 50),  # noqa: S311 - no secret
        "product_quantity": random.randint(1, 3),  # noqa: S311 - no secret
        "event_id": str(uuid4()),
    }
    user.client.post(f"{API}/buy", json=body)


class Buyer(HttpUser):  # type: ignore[misc]  # locust is not among what is installed for types
    """Tells of a buy now and then."""

    weight = 87
    wait_time = between(0.05, 0.5)

    @task
    def tell(self) -> None:
        """One buy."""
        buy(self)


class Burst(HttpUser):  # type: ignore[misc]  # the same
    """Tells of many at once, and rests."""

    weight = 9
    wait_time = between(1, 3)

    @task
    def tell(self) -> None:
        """Twenty buys."""
        for _ in range(BURST):
            buy(self)


class Onlooker(HttpUser):  # type: ignore[misc]  # the same
    """Looks at the figures."""

    weight = 4
    wait_time = between(0.5, 2)

    def on_start(self) -> None:
        """Sign in."""
        who = {
            "username": os.environ.get("BENCH_LOGIN", "viewer"),
            "password": os.environ.get("BENCH_PASSWORD", "holdfast-demo"),
        }
        token = self.client.post(f"{API}/auth/login", json=who).json()["access_token"]
        self.client.headers["Authorization"] = f"Bearer {token}"

    @task(3)
    def look(self) -> None:
        """All figures."""
        self.client.get(f"{API}/stats?timeframe_hours=1", name=f"{API}/stats")

    @task(1)
    def look_closely(self) -> None:
        """Those of a promotion."""
        promotion = random.randint(1, 5)  # noqa: S311 - no secret
        self.client.get(f"{API}/stats/promotions/{promotion}", name=f"{API}/stats/promotions/N")
