"""Records become figures (sql/fold.sql): each second by a tick, and in passing by who asks for figures.

The numbers of a lane's records have no gap and are committed in their order, so how far a lane is folded is one number.
A fold is one statement in one transaction: it dies with nothing done, and done twice it finds nothing. No lock that it
takes is waited for by anybody who logs a buy.
"""

from sqlalchemy import text

from app.core.errors import Busy
from app.core.prepared import Prepared

AT_ONCE = 2000  # of each lane; in passing fewer, so that no request takes long
IN_PASSING, ROUNDS = 300, 20
_FOLD = Prepared(text("SELECT buys_fold(:most, :wait)"))


def fold() -> int:
    """Fold what there is, up to so much, unless somebody does; how many records."""
    return int(_FOLD.scalar(most=AT_ONCE, wait=False))


def fold_all() -> None:
    """See to it that everything is folded that was logged before; when that is too much, ask to come back."""
    for _ in range(ROUNDS):
        if _FOLD.scalar(most=IN_PASSING, wait=True) < IN_PASSING:
            return
    raise Busy
