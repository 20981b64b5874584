"""What the home page says of payments."""

from collections.abc import Iterator

from flask import url_for

from app.core.pagination import capped
from app.core.panels import PANELS, Attention
from app.payments import queries

# What is wrong in words: of one, of many, what to do, and how urgent it is.
WORDS = {
    "flagged": ("message of the payment provider is flagged", "messages of the payment provider are flagged", "error"),
    "contradicted": (
        *("message of the payment provider is contradicted", "messages of the payment provider are contradicted"),
        "warning",
    ),
    "failed": ("refund failed", "refunds failed", "error"),
    "slow": ("refund is open for over an hour", "refunds are open for over an hour", "warning"),
}
DETAILS = {
    "flagged": "They could not be settled. Mend the cause and settle them again, or mark them as seen.",
    "contradicted": "They came again with other words. Ask the provider, then mark them as seen.",
    "failed": "What was promised to a customer did not arrive there.",
    "slow": "The provider has not answered yet.",
}


def hang_up() -> None:
    """Tell the home page whom to ask."""
    PANELS.attention["payments"] = lambda: list(_faults())


def _faults() -> Iterator[Attention]:
    counts = queries.fault_counts()
    for kind, (one, many, severity) in WORDS.items():
        if count := counts[kind]:
            title = f"1 {one}" if count == 1 else f"{capped(count)} {many}"
            yield Attention(
                title, DETAILS[kind], url_for("payments_console.index", kind=kind), "Look into it", severity
            )
