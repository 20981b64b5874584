-- Lock order: the customer's gate, payments by reference, orders by id, holds by id, counter rows by id, customers by id.
-- Whoever moves an order that is not paid yet holds the gate of its payment first.

-- Writes an order with its lines, its first step, what is asked for it, and the mail about it. `_items` is a list of
-- {product_id, name, quantity, unit_price}; what it does to the stock is the caller's, after this. Lines never change:
-- the order keeps them as the text that is shown, too, so that a list of orders reads one row for each.
CREATE OR REPLACE FUNCTION orders_open(
    _id uuid, _reference text, _user bigint, _items jsonb, _currency text, _source text, _source_id bigint,
    _pay_seconds double precision, _cause text, _who jsonb
) RETURNS orders LANGUAGE plpgsql AS $$
DECLARE
    made orders;
BEGIN
    INSERT INTO orders (id, reference, user_id, total, currency, source, source_id, pay_by, lines)
    SELECT _id, _reference, _user, sum(i.quantity * i.unit_price), _currency, _source, _source_id,
           clock_timestamp() + make_interval(secs => _pay_seconds), orders_lines(_items)
    FROM jsonb_to_recordset(_items) AS i (quantity integer, unit_price numeric)
    RETURNING * INTO made;
    INSERT INTO order_items (order_id, product_id, name, quantity, unit_price, subtotal)
    SELECT _id, i.product_id, i.name, i.quantity, i.unit_price, i.quantity * i.unit_price
    FROM jsonb_to_recordset(_items) AS i (product_id bigint, name text, quantity integer, unit_price numeric);
    PERFORM payments_open(_reference, made.total, _currency);
    PERFORM orders_write(ARRAY[_id], 'placed', _cause, _who);
    PERFORM jobs_ask('orders.write_mail', jsonb_build_object('order_id', _id, 'kind', 'received'), _who);
    RETURN made;
END $$;

-- Lines as they are shown.
CREATE OR REPLACE FUNCTION orders_lines(_items jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT '[' || string_agg(row_to_json(line)::text, ',' ORDER BY product_id) || ']' FROM (
        SELECT i.product_id, i.name, i.quantity, i.unit_price::numeric(12, 2)::text AS unit_price,
               (i.quantity * i.unit_price)::numeric(12, 2)::text AS subtotal
        FROM jsonb_to_recordset(_items) AS i (product_id bigint, name text, quantity integer, unit_price numeric)
    ) AS line
$$;

-- Writes the present state of orders down as their newest step, in their history and in the audit log.
CREATE OR REPLACE FUNCTION orders_write(_ids uuid[], _kind text, _cause text, _who jsonb) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_events
        (order_id, step, kind, status, payment_status, cause, actor_id, actor_name, source, request_id)
    SELECT o.id, o.steps, _kind, o.status, o.payment_status, _cause, (_who ->> 'id')::bigint, _who ->> 'name',
           _who ->> 'source', coalesce(_who ->> 'request_id', '')
    FROM orders AS o WHERE o.id = ANY (_ids);
    PERFORM audit_write(
        'order.' || _kind, 'order', o.id::text,
        coalesce((
            SELECT jsonb_build_object('status', e.status, 'payment_status', e.payment_status)
            FROM order_events AS e WHERE e.order_id = o.id AND e.step = o.steps - 1
        ), '{}'),
        jsonb_build_object('status', o.status, 'payment_status', o.payment_status)
            || CASE _kind WHEN 'placed' THEN jsonb_build_object('reference', o.reference, 'total', o.total::text)
               ELSE '{}' END,
        _who
    ) FROM orders AS o WHERE o.id = ANY (_ids);
END $$;

-- How often this customer may order: so many orders a minute, so many that wait for their payment.
CREATE OR REPLACE FUNCTION orders_gate(_user bigint, _most_unpaid integer, _per_minute integer) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    unpaid integer;
    nth timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('customer'), hashint8(_user));
    SELECT count(*) INTO unpaid FROM orders WHERE user_id = _user AND status = 'PENDING';
    IF unpaid >= _most_unpaid THEN
        RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'too_many_unpaid',
            DETAIL = jsonb_build_object('unpaid', unpaid, 'most', _most_unpaid);
    END IF;
    SELECT created_at INTO nth FROM orders
    WHERE user_id = _user AND source = 'shelf' AND created_at > clock_timestamp() - interval '1 minute'
    ORDER BY created_at DESC OFFSET _per_minute - 1 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'order_rate_limited',
            DETAIL = jsonb_build_object('most', _per_minute, 'retry_after', greatest(1, ceil(extract(
                epoch FROM nth + interval '1 minute' - clock_timestamp()))));
    END IF;
END $$;

-- Places an order of `_lines`, a list of {product_id, quantity} with each product once.
CREATE OR REPLACE FUNCTION orders_place(
    _id uuid, _reference text, _user bigint, _lines jsonb, _currency text, _pay_seconds double precision,
    _most_unpaid integer, _per_minute integer, _who jsonb
) RETURNS TABLE (made orders, items jsonb) LANGUAGE plpgsql AS $$
BEGIN
    -- Most of those who come too late leave here, without a lock.
    PERFORM inventory_free(l.product_id, l.quantity)
    FROM jsonb_to_recordset(_lines) AS l (product_id bigint, quantity integer) ORDER BY l.product_id;
    SELECT jsonb_agg(jsonb_build_object(
        'product_id', p.id, 'name', p.name, 'quantity', l.quantity, 'unit_price', p.price::text
    ) ORDER BY p.id) INTO items
    FROM jsonb_to_recordset(_lines) AS l (product_id bigint, quantity integer) JOIN products AS p ON p.id = l.product_id;
    PERFORM orders_gate(_user, _most_unpaid, _per_minute);
    made := orders_open(_id, _reference, _user, items, _currency, 'shelf', NULL, _pay_seconds, 'items', _who);
    PERFORM inventory_take(product_id, quantity, 'ordered', 'order:' || _reference, _who)
    FROM jsonb_to_recordset(items) AS i (product_id bigint, quantity integer) ORDER BY product_id;
    RETURN NEXT;
END $$;

-- Places an order of what these live holds of the customer hold: all of them or none.
CREATE OR REPLACE FUNCTION orders_place_held(
    _id uuid, _reference text, _user bigint, _holds uuid[], _currency text, _pay_seconds double precision,
    _most_unpaid integer, _per_minute integer, _who jsonb
) RETURNS TABLE (made orders, items jsonb) LANGUAGE plpgsql AS $$
DECLARE
    hold uuid;
BEGIN
    PERFORM orders_gate(_user, _most_unpaid, _per_minute);
    FOR hold IN SELECT * FROM unnest(_holds) AS h ORDER BY h LOOP
        IF NOT inventory_complete(hold, _user) THEN
            PERFORM inventory_refuse_hold(hold, _user);
        END IF;
    END LOOP;
    SELECT jsonb_agg(jsonb_build_object(
        'product_id', p.id, 'name', p.name, 'quantity', h.units, 'unit_price', p.price::text
    ) ORDER BY p.id) INTO items
    FROM (
        SELECT product_id, sum(quantity) AS units FROM stock_holds WHERE id = ANY (_holds) GROUP BY product_id
    ) AS h JOIN products AS p ON p.id = h.product_id;
    made := orders_open(_id, _reference, _user, items, _currency, 'shelf', NULL, _pay_seconds, 'reservations', _who);
    RETURN NEXT;
END $$;

-- What was asked for these references has come in. Orders that wait for it are confirmed and their units leave the
-- stock; those that are cancelled stay so, and their money has to go back.
CREATE OR REPLACE FUNCTION orders_paid(_references text[], _cause text, _who jsonb) RETURNS SETOF orders
    LANGUAGE plpgsql AS $$
DECLARE
    waiting uuid[];
    late uuid[];
BEGIN
    SELECT array_agg(o.id) FILTER (WHERE o.status = 'PENDING'), array_agg(o.id) FILTER (WHERE o.status <> 'PENDING')
    INTO waiting, late FROM (
        SELECT id, status FROM orders WHERE reference = ANY (_references) ORDER BY id FOR UPDATE
    ) AS o;
    UPDATE orders SET
        status = CASE WHEN id = ANY (waiting) THEN 'CONFIRMED' ELSE status END, payment_status = 'paid',
        paid_at = clock_timestamp(), updated_at = clock_timestamp(), steps = steps + 1
    WHERE id = ANY (waiting || late);
    PERFORM orders_write(waiting || late, 'paid', _cause, _who);
    PERFORM orders_ask_mail(waiting, 'paid', _who);
    PERFORM orders_shift(waiting, 0, -1, 'sold', _who);
    PERFORM customers_count(
        array_agg(user_id), array_agg(1), array_agg(total), max(paid_at)
    ) FROM orders WHERE id = ANY (waiting);
    RETURN QUERY SELECT * FROM orders WHERE id = ANY (waiting || late);
END $$;

-- Undoes orders that the caller has locked, and gives back what they hold of the shelf: units of an unpaid one are
-- still reserved, those of a paid one have left the stock. A promo's units go back to the promo.
CREATE OR REPLACE FUNCTION orders_cancel(_ids uuid[], _cause text, _who jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    unpaid uuid[];
    paid uuid[];
BEGIN
    IF EXISTS (SELECT FROM orders WHERE id = ANY (_ids) AND source = 'promo') THEN
        -- Whoever takes the units back finds every counter locked already, in one order.
        PERFORM FROM product_stock WHERE product_id IN (SELECT product_id FROM order_items WHERE order_id = ANY (_ids))
        ORDER BY product_id FOR UPDATE;
    END IF;
    SELECT array_agg(id) FILTER (WHERE paid_at IS NULL), array_agg(id) FILTER (WHERE paid_at IS NOT NULL)
    INTO unpaid, paid FROM orders WHERE id = ANY (_ids);
    UPDATE orders SET status = 'CANCELLED', updated_at = clock_timestamp(), steps = steps + 1 WHERE id = ANY (_ids);
    PERFORM orders_write(_ids, 'cancelled', _cause, _who);
    PERFORM orders_ask_mail(_ids, 'cancelled', _who);
    PERFORM orders_shift(unpaid, 1, -1, 'cancelled', _who);
    PERFORM orders_shift(paid, 1, 0, 'restocked', _who);
END $$;

-- Locks the oldest of those whose time to pay is over and that nobody else moves now.
CREATE OR REPLACE FUNCTION orders_due(_most integer) RETURNS SETOF orders LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY WITH gates AS MATERIALIZED (
        SELECT p.reference FROM payments AS p WHERE p.reference IN (
            SELECT reference FROM orders WHERE status = 'PENDING' AND pay_by <= clock_timestamp()
            ORDER BY pay_by LIMIT _most
        ) ORDER BY p.reference FOR UPDATE SKIP LOCKED
    )
    SELECT o.* FROM orders AS o
    WHERE o.reference IN (SELECT reference FROM gates) AND o.status = 'PENDING' AND o.pay_by <= clock_timestamp()
    ORDER BY o.id FOR UPDATE SKIP LOCKED;
END $$;

CREATE OR REPLACE FUNCTION orders_shift(_ids uuid[], _available integer, _reserved integer, _kind text, _who jsonb)
    RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM inventory_shift(
        array_agg(i.product_id), array_agg(i.quantity), array_agg('order:' || o.reference), _available, _reserved, _kind,
        _who
    ) FROM order_items AS i JOIN orders AS o ON o.id = i.order_id
    WHERE o.id = ANY (_ids) AND (o.source = 'shelf' OR _available = 0)
    HAVING count(*) > 0;
END $$;

CREATE OR REPLACE FUNCTION orders_ask_mail(_ids uuid[], _kind text, _who jsonb) RETURNS void LANGUAGE sql AS $$
    SELECT jobs_ask('orders.write_mail', jsonb_build_object('order_id', id, 'kind', _kind), _who)
    FROM unnest(_ids) AS id
$$;
