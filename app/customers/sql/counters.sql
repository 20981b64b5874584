-- What these orders, paid or paid back, add to the counters of their customers, in the order of their ids.
CREATE OR REPLACE FUNCTION customers_count(
    _customers bigint[], _orders integer[], _spend numeric[], _at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    each record;
BEGIN
    FOR each IN
        SELECT customer, sum(n)::integer AS n, sum(spent) AS spent
        FROM unnest(_customers, _orders, _spend) AS line (customer, n, spent) GROUP BY customer ORDER BY customer
    LOOP
        UPDATE customers SET
            orders = orders + each.n,
            spend = greatest(0, spend + each.spent),
            last_order_at = CASE WHEN each.n > 0 THEN greatest(_at, last_order_at) ELSE last_order_at END
        WHERE id = each.customer;
    END LOOP;
END $$;
