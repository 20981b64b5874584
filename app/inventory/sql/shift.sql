-- Moves the stock of many lines at once: `_available` and `_reserved` are what becomes of each unit (-1, 0 or 1).
-- A movement for each line, then each counter row once, in the order of their ids, last of all.
CREATE OR REPLACE FUNCTION inventory_shift(
    _products bigint[], _quantities integer[], _causes text[], _available integer, _reserved integer, _kind text,
    _who jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    each record;
BEGIN
    INSERT INTO stock_movements (product_id, available_delta, reserved_delta, kind, cause, actor_id, actor_name)
    SELECT product, _available * quantity, _reserved * quantity, _kind, cause, (_who ->> 'id')::bigint, _who ->> 'name'
    FROM unnest(_products, _quantities, _causes) AS line (product, quantity, cause);
    FOR each IN
        SELECT product, sum(quantity)::integer AS units
        FROM unnest(_products, _quantities) AS line (product, quantity) GROUP BY product ORDER BY product
    LOOP
        UPDATE product_stock SET
            total = total + (_available + _reserved) * each.units,
            available = available + _available * each.units,
            reserved = reserved + _reserved * each.units
        WHERE product_id = each.product;
    END LOOP;
END $$;

-- Reserves units of a product for good, as one line of an order; lapsed holds are ended for it. Refuses when too few.
CREATE OR REPLACE FUNCTION inventory_take(_product bigint, _quantity integer, _kind text, _cause text, _who jsonb)
    RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT available FROM product_stock WHERE product_id = _product) < _quantity THEN
        PERFORM inventory_end(ARRAY(
            SELECT id FROM stock_holds
            WHERE product_id = _product AND state = 'held' AND expires_at <= clock_timestamp() LIMIT 100
        ), 'expired', _who);
    END IF;
    IF NOT inventory_move(_product, -_quantity, _quantity, _kind, _cause, '', _who) THEN
        PERFORM inventory_refuse(
            _product, _quantity, (SELECT available FROM product_stock WHERE product_id = _product)
        );
    END IF;
END $$;

-- Says why a hold cannot be completed.
CREATE OR REPLACE FUNCTION inventory_refuse_hold(_id uuid, _user bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    hold stock_holds;
BEGIN
    SELECT * INTO hold FROM stock_holds WHERE id = _id AND user_id = _user;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'reservation_not_found',
            DETAIL = jsonb_build_object('reservation_id', _id);
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'reservation_ended',
        DETAIL = jsonb_build_object('reservation_id', _id, 'reservation_status',
            CASE hold.state WHEN 'held' THEN 'expired' ELSE hold.state END);
END $$;
