-- Holds `_quantity` of a product for `_seconds`, in one transaction: first what needs no lock, the counter row last.
-- Lock order: the customer's gate, holds (only those that nobody else has), the counter row.
CREATE OR REPLACE FUNCTION inventory_reserve(
    _id uuid, _user bigint, _product bigint, _quantity integer, _seconds double precision, _most integer, _who jsonb
) RETURNS stock_holds LANGUAGE plpgsql AS $$
DECLARE
    free integer := inventory_free(_product, _quantity);
    open integer;
    made stock_holds;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('customer'), hashint8(_user));
    SELECT count(*) INTO open FROM stock_holds
    WHERE user_id = _user AND state = 'held' AND expires_at > clock_timestamp();
    IF open >= _most THEN
        RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'too_many_holds',
            DETAIL = jsonb_build_object('open', open, 'most', _most);
    END IF;
    IF free < _quantity THEN
        PERFORM inventory_end(ARRAY(
            SELECT id FROM stock_holds
            WHERE product_id = _product AND state = 'held' AND expires_at <= clock_timestamp() LIMIT 100
        ), 'expired', _who);
    END IF;
    INSERT INTO stock_holds (id, user_id, product_id, quantity, expires_at)
    VALUES (_id, _user, _product, _quantity, clock_timestamp() + make_interval(secs => _seconds))
    RETURNING * INTO made;
    PERFORM audit_write(
        'reservation.created', 'reservation', _id::text, '{}',
        jsonb_build_object('product_id', _product, 'quantity', _quantity, 'user_id', _user), _who
    );
    IF NOT inventory_move(_product, -_quantity, _quantity, 'held', 'hold:' || _id, '', _who) THEN
        PERFORM inventory_refuse(
            _product, _quantity, (SELECT available FROM product_stock WHERE product_id = _product)
        );
    END IF;
    RETURN made;
END $$;

-- Ends those of these holds that nobody else is ending now and that are due (`expired`) or live (`released`), and frees
-- their units; how many holds.
CREATE OR REPLACE FUNCTION inventory_end(_ids uuid[], _state text, _who jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    gone uuid[];
BEGIN
    WITH mine AS MATERIALIZED (
        SELECT id FROM stock_holds
        WHERE id = ANY (_ids) AND state = 'held' AND (expires_at <= clock_timestamp()) = (_state = 'expired')
        FOR UPDATE SKIP LOCKED
    ),
    ended AS (
        UPDATE stock_holds AS h SET state = _state, ended_at = clock_timestamp() FROM mine WHERE h.id = mine.id
        RETURNING h.id
    )
    SELECT coalesce(array_agg(id), '{}') INTO gone FROM ended;
    PERFORM audit_write(
        'reservation.' || _state, 'reservation', id::text, '{"status": "held"}', jsonb_build_object('status', _state),
        _who
    ) FROM stock_holds WHERE id = ANY (gone);
    PERFORM inventory_shift(
        array_agg(product_id), array_agg(quantity), array_agg('hold:' || id), 1, -1, _state, _who
    ) FROM stock_holds WHERE id = ANY (gone) HAVING count(*) > 0;
    RETURN cardinality(gone);
END $$;

-- Gives a live hold back. Releasing it again changes nothing; one that was completed or has lapsed is refused.
CREATE OR REPLACE FUNCTION inventory_release(_id uuid, _user bigint, _who jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    hold stock_holds;
BEGIN
    SELECT * INTO hold FROM stock_holds WHERE id = _id AND (_user IS NULL OR user_id = _user) FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'reservation_not_found',
            DETAIL = jsonb_build_object('reservation_id', _id);
    END IF;
    IF hold.state = 'released' THEN
        RETURN;
    END IF;
    IF hold.state <> 'held' OR hold.expires_at <= clock_timestamp() THEN
        RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'reservation_ended',
            DETAIL = jsonb_build_object('reservation_id', _id, 'reservation_status',
                CASE hold.state WHEN 'held' THEN 'expired' ELSE hold.state END);
    END IF;
    UPDATE stock_holds SET state = 'released', ended_at = clock_timestamp() WHERE id = _id;
    PERFORM audit_write(
        'reservation.released', 'reservation', _id::text, '{"status": "held"}', '{"status": "released"}', _who
    );
    PERFORM inventory_move(
        hold.product_id, hold.quantity, -hold.quantity, 'released', 'hold:' || _id, '', _who
    );
END $$;

-- Turns a live hold into what an order stands on; its units stay reserved. False when it is not live any more. The time
-- is looked at when the row is ours: whoever waited for it too long comes too late.
CREATE OR REPLACE FUNCTION inventory_complete(_id uuid, _user bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM stock_holds WHERE id = _id AND user_id = _user AND state = 'held' FOR UPDATE;
    UPDATE stock_holds SET state = 'completed', ended_at = clock_timestamp()
    WHERE id = _id AND user_id = _user AND state = 'held' AND expires_at > clock_timestamp();
    RETURN FOUND;
END $$;
