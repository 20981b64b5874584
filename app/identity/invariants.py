"""What must never be found among users and sessions."""

from app.core.invariants import never

never(
    "identity.admin_exists",
    "a database with users has an active admin",
    "SELECT 1 WHERE EXISTS (SELECT FROM users) AND NOT EXISTS (SELECT FROM users WHERE role = 'admin' AND is_active)",
)
