"""What an activated promo stands on stays as it is: the product's price above its own, the product and store on sale.

The activation takes both rows for itself until its commit; whoever changes one of them has it too and asks here, so
one of the two always sees what the other did.
"""

from collections.abc import Collection, Sequence
from typing import Any

from app.inventory import queries as inventory
from app.promos import queries
from app.promos.errors import PromosDepend


def refuse_product(*, product_id: int, changed: Collection[str]) -> None:
    """Refuse a change of a product that its activated promos do not bear."""
    depending = queries.depending(product_id=product_id)
    if not depending:
        return
    product = inventory.product(product_id, inactive_too=True)
    if "is_active" in changed and not product.is_active:
        _refuse(depending, "The product has to stay on sale meanwhile.")
    if "store_id" in changed:
        _refuse(depending, "The product has to stay in its store meanwhile.")
    if dear := [promo for promo in depending if promo.promo_price >= product.price]:
        _refuse(dear, "The price of the product has to stay above theirs.")


def refuse_store(*, store_id: int, reason: str) -> None:
    """Refuse to move or close the store of activated promos."""
    if depending := queries.depending(store_id=store_id):
        _refuse(depending, reason)


def _refuse(promos: Sequence[Any], reason: str) -> None:
    raise PromosDepend(promo_ids=[promo.id for promo in promos], reason=reason)
