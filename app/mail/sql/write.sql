-- Writes a mail for each key to its recipient, and asks for their delivery, 25 at a time; a key that is there already is
-- left as it is. `_mail` has the template and the parts, alike for all; `_who` is what app.audit.service.surroundings() gives.
CREATE OR REPLACE FUNCTION mail_write(_keys text[], _recipients text[], _mail jsonb, _who jsonb) RETURNS void
    LANGUAGE sql AS $$
    WITH made AS (
        INSERT INTO emails (key, template, recipient, subject, text, html, message_id)
        SELECT each.key, _mail ->> 'template', each.recipient, _mail ->> 'subject', _mail ->> 'text', _mail ->> 'html',
            '<' || replace(gen_random_uuid()::text, '-', '') || '@holdfast>'
        FROM unnest(_keys, _recipients) AS each (key, recipient) ORDER BY each.key
        ON CONFLICT (key) DO NOTHING
        RETURNING id
    )
    INSERT INTO jobs (name, args, request_id)
    SELECT 'mail.deliver_many', jsonb_build_object('email_ids', jsonb_agg(id ORDER BY id)),
        coalesce(_who ->> 'request_id', '')
    FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / 25 AS part FROM made) AS numbered
    GROUP BY part ORDER BY part
$$;
