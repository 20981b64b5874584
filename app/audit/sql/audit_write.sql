-- One entry, for SQL functions that are a whole transaction. `_who` is what app.audit.service.surroundings() gives.
CREATE OR REPLACE FUNCTION audit_write(_action text, _type text, _id text, _old jsonb, _new jsonb, _who jsonb)
    RETURNS void LANGUAGE sql AS $$
    INSERT INTO audit_log
        (actor_id, actor_name, actor_role, action, object_type, object_id, old, new, request_id, source)
    VALUES
        ((_who ->> 'id')::bigint, _who ->> 'name', _who ->> 'role', _action, _type, _id, _old, _new,
         _who ->> 'request_id', _who ->> 'source');
$$;
