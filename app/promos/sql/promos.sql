-- What a promo is at the moment `_now`.
CREATE OR REPLACE FUNCTION promos_status(
    _activated timestamptz, _paused timestamptz, _starts timestamptz, _ends timestamptz, _sold_out boolean,
    _now timestamptz
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN _activated IS NULL THEN 'draft'
        WHEN _ends <= _now THEN 'ended'
        WHEN _paused IS NOT NULL THEN 'paused'
        WHEN _starts > _now THEN 'scheduled'
        WHEN _sold_out THEN 'sold_out'
        ELSE 'running'
    END
$$;

-- Gives back to the shelf what promos that are over neither sold nor hold, and closes them; how many it closed.
-- The counter row is locked first, and the window is read after that: whoever moves a window holds that row.
CREATE OR REPLACE FUNCTION promos_drain(_ids bigint[], _who jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    each record;
    promo promos;
    products bigint[] := '{}';
    units integer[] := '{}';
    causes text[] := '{}';
    closed integer := 0;
BEGIN
    FOR each IN SELECT * FROM promo_stock WHERE promo_id = ANY (_ids) ORDER BY promo_id FOR UPDATE LOOP
        SELECT * INTO promo FROM promos WHERE id = each.promo_id;
        CONTINUE WHEN coalesce(promo.ended_at, promo.ends_at) > clock_timestamp();
        IF each.state <> 'closed' OR each.allotted > each.held + each.sold + each.returned THEN
            UPDATE promo_stock SET state = 'closed', returned = allotted - held - sold WHERE promo_id = each.promo_id;
        END IF;
        IF each.allotted > each.held + each.sold + each.returned THEN
            products := products || promo.product_id;
            units := units || each.allotted - each.held - each.sold - each.returned;
            causes := causes || ('promo:' || promo.id);
        END IF;
        IF each.state <> 'closed' THEN
            closed := closed + 1;
            IF promo.ended_at IS NULL THEN
                PERFORM audit_write('promo.ended', 'promo', promo.id::text, '{}', '{"status": "ended"}', _who);
            END IF;
        END IF;
    END LOOP;
    IF cardinality(products) > 0 THEN
        PERFORM inventory_shift(products, units, causes, 1, -1, 'returned', _who);
    END IF;
    RETURN closed;
END $$;

-- Changes how many units a promo has, by taking them from the shelf or giving them back. The caller has its counter row.
CREATE OR REPLACE FUNCTION promos_allot(_promo bigint, _product bigint, _quantity integer, _who jsonb) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    stock promo_stock;
BEGIN
    SELECT * INTO stock FROM promo_stock WHERE promo_id = _promo FOR UPDATE;
    IF _quantity < stock.held + stock.sold THEN
        RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'quantity_in_use',
            DETAIL = jsonb_build_object('quantity', _quantity, 'held', stock.held, 'sold', stock.sold);
    END IF;
    UPDATE promo_stock SET allotted = _quantity WHERE promo_id = _promo;
    IF _quantity > stock.allotted THEN
        PERFORM inventory_take(_product, _quantity - stock.allotted, 'allotted', 'promo:' || _promo, _who);
    ELSIF _quantity < stock.allotted THEN
        PERFORM inventory_shift(
            ARRAY[_product], ARRAY[stock.allotted - _quantity], ARRAY['promo:' || _promo], 1, -1, 'returned', _who
        );
    END IF;
END $$;
