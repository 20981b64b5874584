-- The units of all buys up to now: of those that are committed, and of the caller's own.
CREATE OR REPLACE FUNCTION buys_total() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT coalesce(sum(units), 0) FROM buy_lanes);
END $$;

-- Claims an event; whether nobody had it within seven days. A twin that is under way is waited for.
CREATE OR REPLACE FUNCTION buys_claim(_event uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO buy_keys (event_id, claimed_at) VALUES (_event, clock_timestamp()) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN true;
    END IF;
    UPDATE buy_keys SET claimed_at = clock_timestamp()
    WHERE event_id = _event AND claimed_at < clock_timestamp() - interval '7 days';
    RETURN FOUND;
END $$;

-- Counts a buy, in one transaction: the event, the lane, the record. `_moments` are the times that its headers tell; the
-- first one that is near enough to now is when it happened. A lane is one row that a connection has nearly to itself;
-- it stays locked until the commit, so the numbers of its records have no gap and are committed in their order.
CREATE OR REPLACE FUNCTION buys_log(
    _user bigint, _promotion bigint, _product bigint, _quantity integer, _event uuid, _moments timestamptz[],
    _address inet, OUT total bigint, OUT is_new boolean
) LANGUAGE plpgsql AS $$
DECLARE
    mine smallint := pg_backend_pid() % 64;
    number bigint;
    received timestamptz;
    happened timestamptz;
    told timestamptz;
BEGIN
    is_new := _event IS NULL OR buys_claim(_event);
    IF is_new THEN
        UPDATE buy_lanes SET records = records + 1, units = units + _quantity WHERE lane = mine
        RETURNING records INTO number;
        IF NOT FOUND THEN
            INSERT INTO buy_lanes AS l (lane, records, units) VALUES (mine, 1, _quantity)
            ON CONFLICT (lane) DO UPDATE SET records = l.records + 1, units = l.units + _quantity
            RETURNING records INTO number;
        END IF;
        received := clock_timestamp();
        happened := received;
        FOREACH told IN ARRAY _moments LOOP
            IF told BETWEEN received - interval '7 days' AND received + interval '60 seconds' THEN
                happened := told;
                EXIT;
            END IF;
        END LOOP;
        INSERT INTO buys
            (lane, number, received_at, happened_at, user_id, promotion_id, product_id, quantity, address, event_id)
        VALUES
            (mine, number, received, date_trunc('milliseconds', happened), _user, _promotion, _product, _quantity,
             _address, _event);
    END IF;
    total := buys_total();
END $$;
