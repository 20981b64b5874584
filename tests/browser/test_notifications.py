"""What a customer was told stands on the page of the customer, with the reason where they were not."""

import uuid

import pytest
from playwright.sync_api import expect

from tests.browser.records import written
from tests.browser.stack import Stack
from tests.browser.test_products import SHAPES
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow

TITLE = "<img src=x onerror=document.title=1> for €9.90"
CUSTOMER = """
    WITH made AS (
        INSERT INTO users (username, email, password_hash, role) VALUES (%s, %s, '', 'customer')
        RETURNING id, created_at
    )
    INSERT INTO customers (id, joined_at) SELECT id, created_at FROM made RETURNING id
"""
TOLD = """
    INSERT INTO notifications (kind, subject_id, customer_id, day, title, body, in_app, email, suppressed)
    VALUES ('flash_promo', %s, %s, current_date - 30, %s, 'At Berlin', true, true, %s) RETURNING id
"""


def told(stack: Stack) -> tuple[int, str]:
    """The id and the name of a customer who was told once, and once was not."""
    name = f"told-{uuid.uuid4().hex}"
    customer_id = written(stack, CUSTOMER, [name, f"{name}@shop.example"])
    for subject, reason in ((1, None), (2, "cap")):
        written(stack, TOLD, [subject, customer_id, TITLE + "W" * 100, reason])
    return customer_id, name


def test_the_page_of_a_customer_shows_what_they_were_told(open_as: OpenAs, stack: Stack) -> None:
    customer_id, _ = told(stack)
    page = open_as("viewer")
    page.goto(f"/console/customers/{customer_id}")
    part = page.get_by_role("region", name="Notifications")
    expect(part.locator("tbody tr")).to_have_count(2)
    expect(part.locator("tbody tr").first).to_contain_text("Told enough that day")
    expect(part.locator("tbody tr").last).to_contain_text("In the shop")
    assert page.locator("img").count() == 0


def test_without_script_a_link_leads_there(open_as: OpenAs, stack: Stack) -> None:
    customer_id, name = told(stack)
    page = open_as("viewer", java_script_enabled=False)
    page.goto(f"/console/customers/{customer_id}")
    page.get_by_role("link", name="See notifications").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Notifications of {name}")
    expect(page.locator("tbody tr")).to_have_count(2)


@pytest.mark.parametrize(("phone", "theme"), SHAPES)
def test_the_page_has_no_barrier(open_as: OpenAs, stack: Stack, phone: bool, theme: str) -> None:
    customer_id, _ = told(stack)
    page = open_as("operator", phone=phone, theme=theme)
    page.goto(f"/console/customers/{customer_id}/notifications")
    assert (barriers(page), overflow(page)) == ([], 0)
