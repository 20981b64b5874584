"""`python -m tests.browser.screenshots`: each main page of a shop with demo data, light and dark, wide and narrow.

Into docs/screenshots. Those that the README shows are kept in the repository; the others are there to be looked at.
"""

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.bought import buy, end, rich_customer
from tests.browser.conftest import DESKTOP, FLAGS, PHONE
from tests.browser.planned import after, held_by
from tests.browser.stack import ROOT, Stack, running
from tests.browser.visitors import sign_in

FOLDER = ROOT / "docs" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
SHAPES = {"wide": DESKTOP, "narrow": PHONE}
ORDERS = 60
PAGES = {
    "home": "/console/",
    "promos": "/console/promos",
    "calendar": "/console/promos/calendar",
    "orders": "/console/orders",
    "payments": "/console/payments",
    "analytics": "/console/analytics",
    "offers": "/console/offers",
    "activations": "/console/activations",
    "stores": "/console/stores",
    "products": "/console/products",
    "reservations": "/console/reservations/promos",
    "customers": "/console/customers",
    "segments": "/console/segments",
    "jobs": "/console/ops/jobs",
    "mails": "/console/emails",
    "audit": "/console/audit",
    "health": "/console/ops/health",
    "preferences": "/console/settings/preferences",
}


def main() -> int:
    """Start a shop, fill it, look at each page."""
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="hf-shots-") as home, running(Path(home)) as stack, sync_playwright() as driver:
        pages = PAGES | _furnished(stack)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for theme in ("light", "dark"):
            for shape in SHAPES:
                for name in _taken(browser, stack, pages, theme, shape):
                    sys.stdout.write(f"{name}\n")
        browser.close()
    return 0


def _taken(browser: Browser, stack: Stack, pages: dict[str, str], theme: Any, shape: str) -> Iterator[str]:
    viewport: Any = SHAPES[shape]
    context = browser.new_context(
        base_url=stack.url, viewport=viewport, color_scheme=theme, reduced_motion="reduce", device_scale_factor=1
    )
    page = context.new_page()
    sign_in(page, "operator")
    for name, path in pages.items():
        page.goto(path)
        page.wait_for_load_state("networkidle")
        yield _kept(context, f"{name}-{theme}-{shape}.png")
    page.goto("/console/")
    page.keyboard.press("Control+k")
    page.keyboard.type("tea")
    page.locator("#palette-list[data-q=tea]").wait_for()
    yield _kept(context, f"palette-{theme}-{shape}.png")
    context.close()


def _kept(context: BrowserContext, name: str) -> str:
    context.pages[0].screenshot(path=FOLDER / name)
    return name


def _furnished(stack: Stack) -> dict[str, str]:
    """Orders, promos and activations, and the pages of one of each."""
    draw = random.Random(7)  # noqa: S311 - the same shop each time
    products = stack.call("GET", "/products", params={"limit": 50, "is_active": "true"})["data"]
    customers = stack.call("GET", "/customers", params={"limit": 50})["data"]
    orders = [_ordered(stack, draw, products, customers) for _ in range(ORDERS)]
    dear = [product for product in products if float(product["price"]) > 10]
    promos = [_promo(stack, dear[0], -600, 4800), _promo(stack, dear[1], 900, 9000)]
    for customer in customers[:3]:
        held_by(stack, promos[0], customer["username"])
    offer, buyer = stack.call("GET", "/offers")["data"][0], rich_customer(stack)
    end(stack, buy(stack, buyer, offer), "SUCCESS", "succeeded")
    return {
        "room": f"/console/live/{promos[0]['id']}",
        "promo": f"/console/promos/{promos[0]['id']}",
        "order": f"/console/orders/{orders[0]['id']}",
        "product": f"/console/products/{products[0]['id']}",
        "customer": f"/console/customers/{customers[0]['id']}",
    }


def _ordered(stack: Stack, draw: random.Random, products: Any, customers: Any) -> Any:
    lines = [{"product_id": draw.choice(products)["id"], "quantity": draw.randint(1, 2)}]
    return stack.call("POST", "/orders", json={"customer_id": draw.choice(customers)["id"], "items": lines})


def _promo(stack: Stack, product: Any, starts: float, ends: float) -> Any:
    facts = {"product_id": product["id"], "quantity": 12, "audience": "all", "max_distance_km": None}
    facts |= {"promo_price": "4.90", "starts_at": after(starts), "ends_at": after(ends), "is_active": True}
    return stack.call("POST", "/flash-promos", json=facts)


if __name__ == "__main__":
    sys.exit(main())
