-- Lock order: the activation, the customer's gate, its subscription, the customer's account last.

-- Whether one of a customer's activations of this offer is in progress, and whether more can be paid for.
CREATE OR REPLACE FUNCTION offers_refuse(_user bigint, _offer offers, _repeat boolean, _most_days integer) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    ahead integer;
    other uuid;
    paid_until timestamptz;
BEGIN
    SELECT count(*), min(id::text)::uuid INTO ahead, other FROM activations
    WHERE user_id = _user AND offer_id = _offer.id AND status IN ('PENDING', 'PROCESSING');
    IF other IS NOT NULL AND NOT _repeat THEN
        RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'activation_in_progress',
            DETAIL = jsonb_build_object('transaction_id', other);
    END IF;
    SELECT greatest(max(ends_at), clock_timestamp()) INTO paid_until FROM subscriptions
    WHERE user_id = _user AND offer_id = _offer.id AND starts_at IS NOT NULL;
    IF paid_until + make_interval(days => (ahead + 1) * _offer.duration_days)
        > clock_timestamp() + make_interval(days => _most_days) THEN
        RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'subscription_too_far',
            DETAIL = jsonb_build_object('most_days', _most_days);
    END IF;
END $$;

-- Takes the price of an offer from the customer and asks for its activation: all of it or nothing.
CREATE OR REPLACE FUNCTION offers_activate(
    _id uuid, _user bigint, _offer_id bigint, _repeat boolean, _currency text, _most_days integer, _who jsonb
) RETURNS activations LANGUAGE plpgsql AS $$
DECLARE
    offer offers;
    made activations;
BEGIN
    SELECT * INTO offer FROM offers WHERE id = _offer_id AND is_active;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'offer_not_found',
            DETAIL = jsonb_build_object('offer_id', _offer_id);
    END IF;
    PERFORM wallet_has(_user, offer.price, _currency);
    PERFORM pg_advisory_xact_lock(hashtext('customer'), hashint8(_user));
    PERFORM offers_refuse(_user, offer, _repeat, _most_days);
    INSERT INTO activations (id, user_id, offer_id, offer_name, duration_days, amount, currency)
    VALUES (_id, _user, offer.id, offer.name, offer.duration_days, offer.price, _currency) RETURNING * INTO made;
    INSERT INTO subscriptions (id, user_id, offer_id) VALUES (_id, _user, offer.id);
    PERFORM jobs_ask('offers.activate', jsonb_build_object('transaction_id', _id, 'step', made.step), _who);
    PERFORM audit_write(
        'activation.requested', 'activation', _id::text, '{}',
        jsonb_build_object('offer_id', offer.id, 'amount', offer.price::text, 'status', made.status), _who
    );
    PERFORM wallet_move('debit', 'activation:' || _id, _user, offer.price, _currency, offer.name, _who);
    RETURN made;
END $$;

-- Ends an activation that is open, once: settled and its time begins, or the money goes back. By a job only while its
-- step is the present one; an operator has none. NULL when there was nothing to end.
CREATE OR REPLACE FUNCTION offers_end(
    _id uuid, _step integer, _status text, _said text, _reason text, _reference text, _who jsonb
) RETURNS activations LANGUAGE plpgsql AS $$
DECLARE
    before activations;
    ended activations;
BEGIN
    SELECT * INTO before FROM activations WHERE id = _id;
    PERFORM pg_advisory_xact_lock(hashtext('customer'), hashint8(before.user_id));
    UPDATE activations SET
        status = _status, said = coalesce(_said, said), reason = _reason,
        reference = coalesce(nullif(_reference, ''), reference), step = step + 1, next_step_at = NULL,
        updated_at = clock_timestamp(), completed_at = clock_timestamp()
    WHERE id = _id AND status IN ('PENDING', 'PROCESSING') AND step = coalesce(_step, step)
    RETURNING * INTO ended;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF _status = 'SUCCESS' THEN
        PERFORM offers_begin_period(ended);
    ELSE
        UPDATE subscriptions SET state = 'failed' WHERE id = _id;
    END IF;
    PERFORM audit_write(
        'activation.' || CASE _status WHEN 'SUCCESS' THEN 'succeeded' ELSE 'failed' END, 'activation', _id::text,
        jsonb_build_object('status', before.status),
        jsonb_build_object('status', _status, 'reason', _reason, 'reference', ended.reference), _who
    );
    PERFORM jobs_ask('offers.write_mail', jsonb_build_object(
        'transaction_id', _id, 'kind', CASE _status WHEN 'SUCCESS' THEN 'activated' ELSE 'failed' END
    ), _who);
    PERFORM wallet_move(
        CASE _status WHEN 'SUCCESS' THEN 'settle' ELSE 'refund' END, 'activation:' || _id, ended.user_id, ended.amount,
        ended.currency, ended.offer_name, _who
    );
    RETURN ended;
END $$;

-- A subscription begins now, or when the last one of the same offer ends. The caller holds the customer's gate.
CREATE OR REPLACE FUNCTION offers_begin_period(_ended activations) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    begins timestamptz;
BEGIN
    SELECT greatest(max(ends_at), clock_timestamp()) INTO begins FROM subscriptions
    WHERE user_id = _ended.user_id AND offer_id = _ended.offer_id AND starts_at IS NOT NULL;
    UPDATE subscriptions SET
        state = 'active', starts_at = begins, ends_at = begins + make_interval(days => _ended.duration_days)
    WHERE id = _ended.id;
END $$;
