"""What must never be found among customers and segments."""

from app.core.invariants import never

never(
    "customers.has_row",
    "every user who is a customer has a row",
    "SELECT id FROM users WHERE role = 'customer' AND NOT EXISTS (SELECT FROM customers WHERE id = users.id)",
)

never(
    "customers.agrees_with_user",
    "a customer joined when the user was made, and is active while the user is, as a customer who was not deleted",
    """
    SELECT c.id, c.joined_at, u.created_at, c.is_active, u.is_active AS user_is_active, u.role
    FROM customers AS c JOIN users AS u USING (id)
    WHERE c.joined_at <> u.created_at
       OR c.is_active <> (u.is_active AND u.role = 'customer' AND c.anonymised_at IS NULL)
    """,
)

never(
    "customers.anonymised",
    "nothing personal is left of a customer who was deleted",
    """
    SELECT c.id FROM customers AS c JOIN users AS u USING (id)
    WHERE c.anonymised_at IS NOT NULL
      AND (c.latitude IS NOT NULL OR c.in_app_opt_in OR c.email_opt_in OR u.username <> 'deleted-' || c.id
           OR EXISTS (SELECT FROM memberships WHERE customer_id = c.id))
    """,
)

never(
    "customers.members_by_hand",
    "nobody is put by hand into a segment that has rules",
    "SELECT m.* FROM memberships AS m JOIN segments AS s ON s.id = m.segment_id WHERE s.rules IS NOT NULL",
)

never(
    "customers.rules_hold_their_stores",
    "the stores that rules name are those that are held for them",
    """
    WITH named AS (
        SELECT DISTINCT s.id AS segment_id, (rule ->> 'store_id')::bigint AS store_id
        FROM segments AS s, jsonb_array_elements(s.rules -> 'rules') AS rule WHERE rule ->> 'type' = 'near_store'
    )
    SELECT * FROM named FULL JOIN segment_stores AS held USING (segment_id, store_id)
    WHERE named.segment_id IS NULL OR held.segment_id IS NULL
    """,
)
