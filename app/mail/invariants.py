"""What must never be found among mails."""

from app.core.invariants import never

never(
    "mail.each_is_under_way",
    "a mail of the last hour that waits has a job that will send it, or that somebody gave up",
    """
    SELECT e.id, e.key FROM emails e
    WHERE e.state = 'queued' AND e.created_at > clock_timestamp() - interval '1 hour' AND NOT EXISTS (
        SELECT FROM jobs j
        WHERE j.name = 'mail.deliver' AND j.args ->> 'email_id' = e.id::text AND j.state <> 'done'
    ) AND e.id NOT IN (
        SELECT jsonb_array_elements_text(args -> 'email_ids')::bigint FROM jobs
        WHERE name = 'mail.deliver_many' AND state <> 'done'
    )
    """,
)
never(
    "mail.one_for_each_message_id",
    "no two mails share a Message-ID",
    "SELECT message_id FROM emails GROUP BY message_id HAVING count(*) > 1",
)
