"""Accounts in the words of the console."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.core import money

# What each kind of line is called.
KINDS = {"deposit": "Deposit", "payout": "Pay-out", "debit": "Activation", "refund": "Refund"}
ACTIVATION = "activation:"


@dataclass(frozen=True)
class Movement:
    """What is asked for by a form, in words; `{amount}` and `{name}` stand for what it is about."""

    kind: str
    endpoint: str
    title: str
    lead: str
    question: str
    follows: str
    submit: str
    done: str
    note_hint: str


DEPOSIT = Movement(
    kind="deposit",
    endpoint="wallet_console.put_in",
    title="Deposit",
    lead="Put money that came in into the account of {name}.",
    question="Put {amount} into the account of {name}?",
    follows="The customer can spend it at once. What is put in too much is mended by a pay-out.",
    submit="Put {amount} in",
    done="{amount} was put into the account of {name}.",
    note_hint="Such as: cash at the counter, number of a transfer. The customer reads it too.",
)
PAYOUT = Movement(
    kind="payout",
    endpoint="wallet_console.pay_out",
    title="Pay-out",
    lead="Take money out of the account of {name} that goes back on another way, or should never have come in.",
    question="Take {amount} out of the account of {name}?",
    follows="Nothing is sent from here: give the customer the money yourself. The customer can spend it no more.",
    submit="Take {amount} out",
    done="{amount} was taken out of the account of {name}.",
    note_hint="Such as: in cash, number of a transfer. The customer reads it too.",
)


def shown(amount: Decimal, currency: str) -> str:
    """An amount in the currency of its account."""
    return money.show(amount, currency)


def activation_of(subject: str) -> UUID | None:
    """The activation that a line is about, if it is about one."""
    return UUID(subject.removeprefix(ACTIVATION)) if subject.startswith(ACTIVATION) else None
