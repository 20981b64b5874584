-- Asks for a job in the transaction of a SQL function; `_who` is what app.audit.service.surroundings() gives.
CREATE OR REPLACE FUNCTION jobs_ask(_name text, _args jsonb, _who jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO jobs (name, args, request_id) VALUES (_name, _args, coalesce(_who ->> 'request_id', ''))
$$;
