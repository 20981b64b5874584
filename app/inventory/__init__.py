"""Products, what there is of them, and holds on the shelf."""
