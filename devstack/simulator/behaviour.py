"""How the simulated provider behaves: well, unless it is told otherwise at its start or while it runs."""

from dataclasses import dataclass

from devstack.switches import Switches, words


@dataclass(frozen=True)
class Behaviour(Switches):
    """`acts`: a call that is not answered well (or after a pause) has its effect all the same."""

    delay: float = 0.0  # seconds before a message is sent
    duplicates: int = 0  # how often each message is sent once more
    disorder: float = 0.0  # up to so many seconds more before a message, by chance
    loss: float = 0.0  # the share of messages that is never sent
    hang: float = 0.0  # seconds before a call of the API is answered
    answers: str = words("well", "error", "drop", "nonsense")  # how calls of the API are answered
    acts: bool = False
    refuse_refunds: bool = False
