-- Lock order: the customer's gate, holds, promo counters by id, product counters by id.

-- All that decides whether this customer may have a unit of this promo now, read without a lock.
CREATE OR REPLACE FUNCTION promos_facts(_promo bigint, _user bigint) RETURNS TABLE (
    status text, audience text, price numeric, starts_at timestamptz, ends_at timestamptz, per_customer_limit integer,
    allotted integer, sold integer, free integer, next_due timestamptz,
    hold_id uuid, hold_until timestamptz, taken integer, lapsed integer, lapsed_at timestamptz,
    max_distance_km double precision, located boolean, distance_km double precision, known boolean, now timestamptz
) LANGUAGE sql STABLE ROWS 1 AS $$
    WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS at),
    mine AS MATERIALIZED (
        SELECT
            (array_agg(h.id) FILTER (WHERE h.state = 'held' AND h.expires_at > moment.at))[1] AS hold_id,
            max(h.expires_at) FILTER (WHERE h.state = 'held' AND h.expires_at > moment.at) AS hold_until,
            (count(*) FILTER (
                WHERE (h.state = 'held' AND h.expires_at > moment.at) OR (h.state = 'completed' AND h.returned_at IS NULL)
            ))::integer AS taken,
            (count(*) FILTER (
                WHERE h.state = 'expired' OR (h.state = 'held' AND h.expires_at <= moment.at)
            ))::integer AS lapsed,
            max(h.expires_at) FILTER (
                WHERE h.state = 'expired' OR (h.state = 'held' AND h.expires_at <= moment.at)
            ) AS lapsed_at
        FROM promo_holds AS h, moment WHERE h.user_id = _user AND h.promo_id = _promo
    )
    SELECT
        promos_status(
            p.activated_at, p.paused_at, p.starts_at, coalesce(p.ended_at, p.ends_at), s.sold >= s.allotted, moment.at
        ),
        p.audience, p.promo_price, p.starts_at, coalesce(p.ended_at, p.ends_at), p.per_customer_limit,
        s.allotted, s.sold, s.allotted - s.held - s.sold - s.returned,
        CASE WHEN s.allotted <= s.held + s.sold + s.returned THEN (
            SELECT h.expires_at FROM promo_holds AS h WHERE h.promo_id = _promo AND h.state = 'held'
            ORDER BY h.expires_at LIMIT 1
        ) END,
        mine.hold_id, mine.hold_until, mine.taken, mine.lapsed, mine.lapsed_at,
        p.max_distance_km, c.latitude IS NOT NULL,
        CASE WHEN p.max_distance_km IS NOT NULL THEN
            core_distance_km(t.latitude, t.longitude, c.latitude, c.longitude)
        END,
        c.id IS NOT NULL, moment.at
    FROM moment CROSS JOIN mine
    JOIN promos AS p ON p.id = _promo AND p.archived_at IS NULL
    JOIN products AS g ON g.id = p.product_id
    JOIN stores AS t ON t.id = g.store_id
    LEFT JOIN promo_stock AS s ON s.promo_id = p.id
    LEFT JOIN customers AS c ON c.id = _user AND c.is_active
$$;

CREATE OR REPLACE FUNCTION promos_refuse(_code text, _figures jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = _code, DETAIL = _figures;
END $$;

-- Holds one unit of a promo for a customer for `_seconds`. First what needs no lock, then holds: the customer's own that
-- has lapsed, the new one, and where no unit is free, those of others that are due; the counter row comes last, and
-- decides, also whether the window was still open when the hold was made. `_member`: whether the customer is in the promo's segments; while that is NULL and matters, the answer is
-- empty, and the caller asks again when it knows. Refusals come in the order in which customers are told.
CREATE OR REPLACE FUNCTION promos_hold(
    _id uuid, _user bigint, _promo bigint, _member boolean, _seconds double precision, _after integer,
    _pause double precision, _who jsonb
) RETURNS SETOF promo_holds LANGUAGE plpgsql ROWS 1 AS $$
DECLARE
    f record;
    made promo_holds;
    freed integer := 0;
    lapsed integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('customer'), hashint8(_user));
    SELECT * INTO f FROM promos_facts(_promo, _user);
    IF NOT FOUND THEN
        PERFORM promos_refuse('promo_not_found', jsonb_build_object('promo_id', _promo));
    ELSIF NOT f.known THEN
        PERFORM promos_refuse('customer_not_found', jsonb_build_object('customer_id', _user));
    ELSIF f.status NOT IN ('running', 'sold_out') THEN
        PERFORM promos_refuse_closed(_promo, f.status, f.starts_at, f.ends_at);
    ELSIF f.hold_id IS NOT NULL THEN
        PERFORM promos_refuse('held_by_you', jsonb_build_object(
            'reservation_id', f.hold_id, 'expires_at', f.hold_until));
    ELSIF f.taken >= f.per_customer_limit THEN
        PERFORM promos_refuse('limit_reached', jsonb_build_object('bought', f.taken, 'limit', f.per_customer_limit));
    ELSIF f.status = 'sold_out' THEN
        PERFORM promos_refuse('sold_out', jsonb_build_object('promo_id', _promo, 'sold', f.sold));
    ELSIF f.max_distance_km IS NOT NULL AND NOT f.located THEN
        PERFORM promos_refuse('location_unknown', jsonb_build_object('max_distance_km', f.max_distance_km));
    ELSIF f.audience = 'segments' AND _member IS NULL THEN
        RETURN;
    ELSIF f.audience = 'segments' AND NOT _member THEN
        PERFORM promos_refuse('not_in_segment', jsonb_build_object('promo_id', _promo));
    ELSIF f.distance_km > f.max_distance_km THEN
        PERFORM promos_refuse('outside_radius', jsonb_build_object(
            'distance_km', round(f.distance_km::numeric, 3), 'max_distance_km', f.max_distance_km));
    ELSIF f.free <= 0 AND (f.next_due IS NULL OR f.next_due > f.now) THEN
        PERFORM promos_refuse_held(_promo, f.next_due);
    ELSIF f.lapsed > 0 AND f.lapsed % _after = 0 AND f.lapsed_at + make_interval(secs => _pause) > f.now THEN
        PERFORM promos_refuse('hold_cooldown', jsonb_build_object('lapsed', f.lapsed, 'retry_after',
            ceil(extract(epoch FROM f.lapsed_at + make_interval(secs => _pause) - f.now))));
    END IF;
    IF f.lapsed > 0 THEN
        UPDATE promo_holds SET state = 'expired', ended_at = clock_timestamp()
        WHERE promo_id = _promo AND user_id = _user AND state = 'held' AND expires_at <= clock_timestamp();
        GET DIAGNOSTICS freed = ROW_COUNT;
    END IF;
    INSERT INTO promo_holds (id, promo_id, user_id, price, expires_at)
    VALUES (_id, _promo, _user, f.price, clock_timestamp() + make_interval(secs => _seconds))
    RETURNING * INTO made;
    IF f.free + freed <= 0 THEN
        UPDATE promo_holds SET state = 'expired', ended_at = clock_timestamp() WHERE id = ANY (ARRAY(
            SELECT id FROM promo_holds WHERE promo_id = _promo AND state = 'held' AND expires_at <= clock_timestamp()
            LIMIT 100 FOR UPDATE SKIP LOCKED
        ));
        GET DIAGNOSTICS lapsed = ROW_COUNT;
        freed := freed + lapsed;
    END IF;
    UPDATE promo_stock SET held = held + 1 - freed
    WHERE promo_id = _promo AND state = 'open' AND held - freed + sold + returned < allotted
        AND made.created_at < (SELECT coalesce(p.ended_at, p.ends_at) FROM promos AS p WHERE p.id = _promo);
    IF NOT FOUND THEN
        PERFORM promos_refuse_late(_promo);
    END IF;
    RETURN NEXT made;
END $$;

-- Says what the counter row had become when it was this customer's turn.
CREATE OR REPLACE FUNCTION promos_refuse_late(_promo bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    f record;
BEGIN
    SELECT * INTO f FROM promos_facts(_promo, NULL);
    IF f.status = 'sold_out' THEN
        PERFORM promos_refuse('sold_out', jsonb_build_object('promo_id', _promo, 'sold', f.sold));
    ELSIF f.status = 'running' THEN
        PERFORM promos_refuse_held(_promo, f.next_due);
    END IF;
    PERFORM promos_refuse_closed(_promo, f.status, f.starts_at, f.ends_at);
END $$;

CREATE OR REPLACE FUNCTION promos_refuse_closed(
    _promo bigint, _status text, _starts timestamptz, _ends timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM promos_refuse('promo_not_running', jsonb_build_object(
        'promo_id', _promo, 'promo_status', _status, 'starts_at', _starts, 'ends_at', _ends));
END $$;

-- All units are held: the next one may be free when the next hold lapses. Not everybody shall come back in one instant.
CREATE OR REPLACE FUNCTION promos_refuse_held(_promo bigint, _next timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM promos_refuse('held_by_others', jsonb_build_object(
        'promo_id', _promo, 'next_free_at', _next,
        'retry_after', ceil(1 + greatest(0, extract(epoch FROM _next - clock_timestamp())) + 3 * random())));
END $$;

-- Ends those of these holds that nobody else is ending now and that are due (`expired`) or live (`released`), and frees
-- their units: for the promo, or for the shelf when the promo is over. How many holds.
CREATE OR REPLACE FUNCTION promos_end_holds(_ids uuid[], _state text, _who jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    gone bigint[];
    each record;
BEGIN
    IF cardinality(_ids) = 0 THEN
        RETURN 0;
    END IF;
    WITH mine AS MATERIALIZED (
        SELECT id FROM promo_holds
        WHERE id = ANY (_ids) AND state = 'held' AND (expires_at <= clock_timestamp()) = (_state = 'expired')
        FOR UPDATE SKIP LOCKED
    ),
    ended AS (
        UPDATE promo_holds AS h SET state = _state, ended_at = clock_timestamp() FROM mine WHERE h.id = mine.id
        RETURNING h.promo_id
    )
    SELECT array_agg(promo_id) INTO gone FROM ended;
    IF gone IS NULL THEN
        RETURN 0;
    END IF;
    FOR each IN SELECT promo, count(*)::integer AS units FROM unnest(gone) AS promo GROUP BY promo ORDER BY promo LOOP
        UPDATE promo_stock SET held = held - each.units WHERE promo_id = each.promo;
    END LOOP;
    PERFORM promos_drain(gone, _who);
    RETURN cardinality(gone);
END $$;

-- Gives a live hold back. Releasing it again changes nothing; one that was completed or has lapsed is refused.
CREATE OR REPLACE FUNCTION promos_release(_id uuid, _user bigint, _who jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    hold promo_holds;
BEGIN
    SELECT * INTO hold FROM promo_holds WHERE id = _id AND (_user IS NULL OR user_id = _user) FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM promos_refuse('promo_reservation_not_found', jsonb_build_object('reservation_id', _id));
    ELSIF hold.state = 'released' THEN
        RETURN;
    ELSIF hold.state <> 'held' OR hold.expires_at <= clock_timestamp() THEN
        PERFORM promos_refuse('promo_reservation_ended', jsonb_build_object('reservation_id', _id,
            'reservation_status', CASE hold.state WHEN 'held' THEN 'expired' ELSE hold.state END));
    END IF;
    PERFORM promos_end_holds(ARRAY[_id], 'released', _who);
END $$;

-- Turns a live hold into an order at the price that it fixed; the order. Asked again, the same order. The time is looked
-- at when the hold's row is ours: whoever waited for it too long comes too late.
CREATE OR REPLACE FUNCTION promos_complete(
    _id uuid, _user bigint, _order uuid, _reference text, _currency text, _pay_seconds double precision, _who jsonb
) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    hold promo_holds;
BEGIN
    -- The same customer's next hold counts this one before it or after it, never while it changes.
    PERFORM pg_advisory_xact_lock(hashtext('customer'), hashint8(user_id)) FROM promo_holds WHERE id = _id;
    SELECT * INTO hold FROM promo_holds WHERE id = _id AND (_user IS NULL OR user_id = _user) FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM promos_refuse('promo_reservation_not_found', jsonb_build_object('reservation_id', _id));
    ELSIF hold.state = 'completed' THEN
        RETURN hold.order_id;
    ELSIF hold.state = 'released' THEN
        PERFORM promos_refuse('promo_reservation_ended', jsonb_build_object(
            'reservation_id', _id, 'reservation_status', 'released'));
    ELSIF hold.state <> 'held' OR hold.expires_at <= clock_timestamp() THEN
        PERFORM promos_refuse('hold_expired', jsonb_build_object('reservation_id', _id, 'expires_at', hold.expires_at));
    END IF;
    PERFORM orders_open(
        _order, _reference, hold.user_id,
        (
            SELECT jsonb_build_array(jsonb_build_object(
                'product_id', g.id, 'name', g.name, 'quantity', 1, 'unit_price', hold.price::text
            )) FROM promos AS p JOIN products AS g ON g.id = p.product_id WHERE p.id = hold.promo_id
        ),
        _currency, 'promo', hold.promo_id, _pay_seconds, 'promo:' || hold.promo_id, _who
    );
    UPDATE promo_holds SET state = 'completed', ended_at = clock_timestamp(), order_id = _order WHERE id = _id;
    UPDATE promo_stock SET held = held - 1, sold = sold + 1 WHERE promo_id = hold.promo_id;
    RETURN _order;
END $$;

-- Locks the counters of the promos whose units these orders have, before the shelf's: orders that are undone give units
-- back to both.
CREATE OR REPLACE FUNCTION promos_lock(_orders uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM promo_stock WHERE promo_id IN (
        SELECT source_id FROM orders WHERE id = ANY (_orders) AND source = 'promo'
    ) ORDER BY promo_id FOR UPDATE;
END $$;

-- Takes back, once, the units of orders that are undone: for the promo, or for the shelf when it is over. Those of a paid
-- order had left the stock and are put there again first.
CREATE OR REPLACE FUNCTION promos_take_back(_orders uuid[], _who jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    each record;
    back uuid[];
    promos bigint[];
BEGIN
    WITH returned AS (
        UPDATE promo_holds SET returned_at = clock_timestamp()
        WHERE order_id = ANY (_orders) AND returned_at IS NULL RETURNING order_id, promo_id
    )
    SELECT array_agg(order_id), array_agg(promo_id) INTO back, promos FROM returned;
    IF back IS NULL THEN
        RETURN;
    END IF;
    FOR each IN SELECT promo, count(*)::integer AS units FROM unnest(promos) AS promo GROUP BY promo ORDER BY promo LOOP
        UPDATE promo_stock SET sold = sold - each.units WHERE promo_id = each.promo;
    END LOOP;
    PERFORM inventory_shift(
        array_agg(i.product_id), array_agg(i.quantity), array_agg('order:' || o.reference), 0, 1, 'restocked', _who
    ) FROM orders AS o JOIN order_items AS i ON i.order_id = o.id
    WHERE o.id = ANY (back) AND o.paid_at IS NOT NULL HAVING count(*) > 0;
    PERFORM promos_drain(promos, _who);
END $$;
