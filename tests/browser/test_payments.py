"""What is wrong with payments in a browser: the home page leads here, a message is settled again or marked as seen."""

import uuid
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.records import state_of, written
from tests.browser.stack import Stack
from tests.browser.test_products import SHAPES
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow

TELL = """
    INSERT INTO webhook_events
        (provider, event_id, payload, fingerprint, reference, status, amount, state, outcome, next_try_at,
         is_contradicted)
    VALUES ('generic', %s, '{"words": "<img src=x onerror=document.title=1>"}', 'f', %s, 'success', 9.80, %s,
            'unknown_reference', CASE %s WHEN 'parked' THEN now() END, true)
    RETURNING id
"""
KINDS = ("flagged", "contradicted", "parked", "failed", "slow")


def told(stack: Stack, state: str = "flagged") -> tuple[str, Any]:
    """A message of an order that is nowhere: its number, and its row."""
    number = uuid.uuid4().hex
    return number, written(stack, TELL, [number, f"ORD-{number}{'W' * 150}", state, state])


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_flagged_message_is_settled_again(open_as: OpenAs, stack: Stack, script: bool) -> None:
    number, row = told(stack)
    page = open_as("operator", java_script_enabled=script)
    page.goto("/console/")
    item = page.get_by_role("listitem").filter(has_text="of the payment provider").filter(has_text="flagged")
    item.get_by_role("link", name="Look into it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Payments")
    page.get_by_role("button", name=f"Settle again: {number}").click()
    expect(page.locator(".toast")).to_contain_text("It is settled again in a moment.")
    expect(page.get_by_role("button", name=f"Settle again: {number}")).to_have_count(0)
    assert state_of(stack, "webhook_events", row) == "new"


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize("kind", ["flagged", "contradicted"])
def test_a_message_is_marked_as_seen(open_as: OpenAs, stack: Stack, script: bool, kind: str) -> None:
    number, row = told(stack)
    page = open_as("operator", java_script_enabled=script)
    page.goto(f"/console/payments?kind={kind}")
    page.get_by_role("button", name=f"Mark as seen: {number}").click()
    expect(page.locator(".toast")).to_contain_text("It is marked as seen.")
    expect(page.get_by_role("button", name=f"Mark as seen: {number}")).to_have_count(0)
    assert state_of(stack, "webhook_events", row) == "flagged"


@pytest.mark.parametrize(("phone", "theme"), SHAPES)
def test_the_page_has_no_barrier(open_as: OpenAs, stack: Stack, phone: bool, theme: str) -> None:
    told(stack)
    told(stack, "parked")
    page = open_as("operator", phone=phone, theme=theme)
    for kind in KINDS:
        page.goto(f"/console/payments?kind={kind}")
        for summary in page.locator(".rows summary").all():
            summary.click()
        assert (kind, barriers(page), overflow(page)) == (kind, [], 0)
        assert page.locator("img").count() == 0
