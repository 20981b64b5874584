"""What happened to products."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class ProductChanged:
    """These facts of a product are others now."""

    product_id: int
    changed: Collection[str]
