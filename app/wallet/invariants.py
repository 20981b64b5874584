"""What must never be found in the ledger."""

from app.core.invariants import never

never(
    "ledger.balanced",
    "the entries of a transfer sum to zero in each currency, and there are two of them",
    """
    SELECT t.id, t.kind, t.subject, sum(e.amount) AS off, count(e.id) AS entries
    FROM transfers AS t LEFT JOIN entries AS e ON e.transfer_id = t.id
    GROUP BY t.id, e.currency HAVING coalesce(sum(e.amount), 1) <> 0 OR count(e.id) <> 2
    """,
)

never(
    "ledger.balance",
    "what an account has is the sum of its entries, in its currency, and not below zero",
    """
    SELECT user_id, a.balance, a.version, e.total, e.entries
    FROM accounts AS a FULL JOIN (
        SELECT user_id, sum(amount) AS total, count(*) AS entries, min(currency) AS least, max(currency) AS most
        FROM entries WHERE user_id IS NOT NULL GROUP BY user_id
    ) AS e USING (user_id)
    WHERE a.balance < 0 OR a.balance IS DISTINCT FROM e.total OR a.version IS DISTINCT FROM e.entries
       OR e.least <> a.currency OR e.most <> a.currency
    """,
)

never(
    "ledger.versions",
    "the entries of an account are numbered without a gap, and each says what the account had after it",
    """
    SELECT user_id, version, balance_after, total FROM (
        SELECT user_id, version, balance_after, sum(amount) OVER upto AS total, row_number() OVER upto AS place
        FROM entries WHERE user_id IS NOT NULL WINDOW upto AS (PARTITION BY user_id ORDER BY version)
    ) AS lines WHERE version <> place OR balance_after <> total
    """,
)

never(
    "ledger.ends",
    "a settlement or a refund ends a debit of the same amount, and no debit has two ends",
    """
    SELECT subject, count(*) FILTER (WHERE kind IN ('settle', 'refund')) AS ends FROM transfers
    WHERE kind IN ('debit', 'settle', 'refund') GROUP BY subject
    HAVING count(*) FILTER (WHERE kind = 'debit') <> 1 OR count(*) FILTER (WHERE kind <> 'debit') > 1
    UNION ALL
    SELECT t.subject, count(*) FROM transfers AS t JOIN entries AS e ON e.transfer_id = t.id
    WHERE e.account = 'activations' GROUP BY t.subject HAVING count(*) > 1 AND sum(e.amount) <> 0
    """,
)

never(
    "ledger.append_only",
    "UPDATE, DELETE, TRUNCATE and unbalanced INSERTs of the ledger are refused by enabled triggers",
    """
    SELECT part::text, wanted FROM (VALUES
        ('transfers'::regclass, 'transfers_append_only'), ('transfers', 'transfers_no_truncate'),
        ('entries', 'entries_append_only'), ('entries', 'entries_no_truncate'), ('entries', 'entries_balanced')
    ) AS guards (part, wanted)
    WHERE NOT EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = part AND tgname = wanted AND tgenabled IN ('O', 'A')
    )
    """,
)
