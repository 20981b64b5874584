"""What the wallet refuses."""

from app.core.errors import AppError


class AccountNotFound(AppError):
    """There is no customer with this id who could have an account; staff have none, nor have deleted customers."""

    status = 404
    code = "account_not_found"
    detail = "There is no customer {customer_id} who could have an account."


class InsufficientBalance(AppError):
    """The account has less than this costs. `balance` and `needed` say how much."""

    status = 409
    code = "insufficient_balance"
    detail = "The account has {balance}; {needed} are needed."


class OtherCurrency(AppError):
    """The account was opened in another currency than the shop has now."""

    status = 409
    code = "other_currency"
    detail = "The account is kept in {kept}; this is in {asked}."


class MovementMade(AppError):
    """What was asked for by this form was asked for before, in other words. Each form moves money once."""

    status = 409
    code = "movement_made"
    constraint = "uq_transfers_subject"
    detail = "This form moved money already; nothing more was moved. Open a new one for another movement."


class MoneyLeft(AppError):
    """A customer with money in the account is not deleted. Pay it out first."""

    status = 409
    code = "money_left"
    detail = "{balance} are left in the account; pay them out first."


class LedgerAppendOnly(AppError):
    """Transfers and entries of the ledger are never changed and never deleted."""

    status = 409
    code = "ledger_append_only"
    detail = "The ledger only grows."


class TransferUnbalanced(AppError):
    """The entries of a transfer sum to zero; these do not."""

    status = 409
    code = "transfer_unbalanced"
    detail = "The entries of transfer {transfer_id} do not sum to zero."
