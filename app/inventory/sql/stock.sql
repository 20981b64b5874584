-- One change of a product's counters with the movement that explains it; false when a counter would fall below zero
-- (the caller then refuses, which undoes the movement). The counter row comes last: from here to the commit nobody else
-- sells this product.
CREATE OR REPLACE FUNCTION inventory_move(
    _product bigint, _available integer, _reserved integer, _kind text, _cause text, _reason text, _who jsonb
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stock_movements (product_id, available_delta, reserved_delta, kind, cause, reason, actor_id, actor_name)
    VALUES (_product, _available, _reserved, _kind, _cause, _reason, (_who ->> 'id')::bigint, _who ->> 'name');
    UPDATE product_stock
    SET total = total + _available + _reserved, available = available + _available, reserved = reserved + _reserved
    WHERE product_id = _product AND available + _available >= 0 AND reserved + _reserved >= 0;
    RETURN FOUND;
END $$;

-- What is free of a product that is sold; refuses at once, without a lock, when too little is free and no hold is due.
CREATE OR REPLACE FUNCTION inventory_free(_product bigint, _quantity integer) RETURNS integer
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    free integer;
BEGIN
    SELECT s.available INTO free
    FROM product_stock AS s JOIN products AS p ON p.id = s.product_id JOIN stores AS t ON t.id = p.store_id
    WHERE s.product_id = _product AND p.is_active AND t.is_active;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'product_not_found',
            DETAIL = jsonb_build_object('product_id', _product);
    END IF;
    IF free < _quantity AND NOT EXISTS (
        SELECT FROM stock_holds
        WHERE product_id = _product AND state = 'held' AND expires_at <= clock_timestamp()
    ) THEN
        PERFORM inventory_refuse(_product, _quantity, free);
    END IF;
    RETURN free;
END $$;

CREATE OR REPLACE FUNCTION inventory_refuse(_product bigint, _wanted integer, _available integer) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'insufficient_stock',
        DETAIL = jsonb_build_object('product_id', _product, 'wanted', _wanted, 'available', _available);
END $$;

-- Changes what there is of a product: by `_delta`, or to `_set_to` if it still is `_expected`. Returns the new counters.
CREATE OR REPLACE FUNCTION inventory_adjust(
    _product bigint, _delta integer, _set_to integer, _expected integer, _kind text, _cause text, _reason text,
    _who jsonb
) RETURNS product_stock LANGUAGE plpgsql AS $$
DECLARE
    before product_stock;
    after product_stock;
BEGIN
    SELECT * INTO before FROM product_stock WHERE product_id = _product FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'product_not_found',
            DETAIL = jsonb_build_object('product_id', _product);
    END IF;
    IF _delta IS NULL THEN
        IF before.total <> _expected THEN
            RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'stale_stock',
                DETAIL = jsonb_build_object('expected', _expected, 'total_stock', before.total);
        END IF;
        _delta := _set_to - before.total;
    END IF;
    IF NOT inventory_move(_product, _delta, 0, _kind, _cause, _reason, _who) THEN
        PERFORM inventory_refuse(_product, -_delta, before.available);
    END IF;
    SELECT * INTO after FROM product_stock WHERE product_id = _product;
    PERFORM audit_write(
        'product.stock_adjusted', 'product', _product::text, jsonb_build_object('total_stock', before.total),
        jsonb_build_object('total_stock', after.total, 'delta', _delta, 'reason', _reason), _who
    );
    RETURN after;
END $$;

-- What the rows of a stock file ({line, sku, set_to, expected, reason, row_key}) do; with `_apply` they do it. Of each row
-- the answer says its product, the counters before, and an outcome: changed, unchanged (it asks for no change), skipped
-- (its key was applied), or why it cannot be. Rows that can be are applied also when others cannot. The counter rows are
-- locked first, by id, so that what is judged is what is changed; whoever claims a key first is the one that applies it.
CREATE OR REPLACE FUNCTION inventory_import(_rows jsonb, _apply boolean, _who jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    report jsonb;
BEGIN
    IF _apply THEN
        PERFORM FROM product_stock
        WHERE product_id IN (
            SELECT p.id FROM jsonb_to_recordset(_rows) AS r (sku text, set_to integer, expected integer)
            JOIN products AS p ON lower(p.sku) = lower(r.sku) WHERE r.set_to <> r.expected
        )
        ORDER BY product_id FOR UPDATE;
    END IF;
    WITH judged AS MATERIALIZED (
        SELECT r.*, p.id AS product_id, s.total AS old, s.reserved,
            CASE
                WHEN p.id IS NULL THEN 'unknown_sku'
                WHEN count(*) OVER (PARTITION BY p.id) > 1 THEN 'duplicate'
                WHEN r.set_to = r.expected THEN 'unchanged'
                WHEN i.product_id = p.id AND i.set_to = r.set_to THEN 'skipped'
                WHEN i.product_id IS NOT NULL THEN 'row_key_reused'
                WHEN s.total <> r.expected THEN 'stale_stock'
                WHEN r.set_to < s.reserved THEN 'insufficient_stock'
                ELSE 'changed'
            END AS outcome
        FROM jsonb_to_recordset(_rows)
            AS r (line integer, sku text, set_to integer, expected integer, reason text, row_key text)
        LEFT JOIN products AS p ON lower(p.sku) = lower(r.sku)
        LEFT JOIN product_stock AS s ON s.product_id = p.id
        LEFT JOIN imported_rows AS i ON i.row_key = r.row_key
    ),
    claimed AS (
        INSERT INTO imported_rows (row_key, product_id, set_to)
        SELECT row_key, product_id, set_to FROM judged WHERE _apply AND outcome = 'changed' ORDER BY row_key
        ON CONFLICT DO NOTHING RETURNING row_key
    ),
    applied AS MATERIALIZED (SELECT judged.* FROM judged JOIN claimed USING (row_key)),
    moved AS (
        INSERT INTO stock_movements (product_id, available_delta, reserved_delta, kind, cause, reason, actor_id, actor_name)
        SELECT product_id, set_to - old, 0, 'imported', 'import:' || row_key, reason, (_who ->> 'id')::bigint, _who ->> 'name'
        FROM applied ORDER BY product_id
    ),
    counted AS (
        UPDATE product_stock AS s SET total = a.set_to, available = s.available + a.set_to - a.old
        FROM applied AS a WHERE s.product_id = a.product_id
    )
    SELECT jsonb_agg(
        to_jsonb(judged) || CASE
            WHEN _apply AND outcome = 'changed' AND claimed.row_key IS NULL THEN '{"outcome": "skipped"}' ELSE '{}'
        END::jsonb ORDER BY line
    ) INTO report FROM judged LEFT JOIN claimed USING (row_key);
    IF _apply THEN
        PERFORM audit_write(
            'product.stock_adjusted', 'product', product_id::text, jsonb_build_object('total_stock', old),
            jsonb_build_object('total_stock', set_to, 'delta', set_to - old, 'reason', reason), _who
        ) FROM jsonb_to_recordset(report)
            AS r (product_id bigint, old integer, set_to integer, reason text, outcome text)
        WHERE outcome = 'changed';
    END IF;
    RETURN coalesce(report, '[]');
END $$;

-- Gives back those of these holds that are live and that nobody else is ending now; how many. Like inventory_expire, it
-- changes each counter row once, in the order of their ids.
CREATE OR REPLACE FUNCTION inventory_release_many(_ids uuid[], _who jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    gone uuid[];
    each record;
BEGIN
    WITH live AS MATERIALIZED (
        SELECT id FROM stock_holds
        WHERE id = ANY (_ids) AND state = 'held' AND expires_at > clock_timestamp()
        FOR UPDATE SKIP LOCKED
    ),
    ended AS (
        UPDATE stock_holds AS h SET state = 'released', ended_at = clock_timestamp() FROM live WHERE h.id = live.id
        RETURNING h.id
    )
    SELECT coalesce(array_agg(id), '{}') INTO gone FROM ended;
    PERFORM audit_write(
        'reservation.released', 'reservation', id::text, '{"status": "held"}', '{"status": "released"}', _who
    ) FROM stock_holds WHERE id = ANY (gone);
    INSERT INTO stock_movements (product_id, available_delta, reserved_delta, kind, cause, actor_id, actor_name)
    SELECT product_id, quantity, -quantity, 'released', 'hold:' || id, (_who ->> 'id')::bigint, _who ->> 'name'
    FROM stock_holds WHERE id = ANY (gone);
    FOR each IN
        SELECT product_id, sum(quantity)::integer AS units FROM stock_holds WHERE id = ANY (gone)
        GROUP BY product_id ORDER BY product_id
    LOOP
        UPDATE product_stock SET available = available + each.units, reserved = reserved - each.units
        WHERE product_id = each.product_id;
    END LOOP;
    RETURN cardinality(gone);
END $$;
