"""How a migration changes a table on which somebody is selling: what may take long without keeping anybody."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op


@contextmanager
def beside_others() -> Iterator[None]:
    """For an index built CONCURRENTLY and a constraint that is validated: they wait for others, and nobody for them.

    Each statement stands alone, and the migration may be begun anew: what is in here has to bear being done twice, and
    nothing else stands in the same migration.
    """
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        try:
            yield
        finally:
            op.execute("RESET lock_timeout")
