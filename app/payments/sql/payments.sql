-- Lock order: webhook events by id, payments by reference (the gate of an order), then what the caller locks: orders,
-- holds, counter rows, customers.

CREATE OR REPLACE FUNCTION payments_open(_reference text, _amount numeric, _currency text) RETURNS void
    LANGUAGE sql AS $$
    INSERT INTO payments (reference, amount, currency) VALUES (_reference, _amount, _currency)
$$;

-- Locks the gates of these references, in their order.
CREATE OR REPLACE FUNCTION payments_lock(_references text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM payments WHERE reference = ANY (_references) ORDER BY reference FOR UPDATE;
END $$;

-- Takes money in: what was asked for once, anything else as a surplus or a mismatch. The caller holds the gate.
CREATE OR REPLACE FUNCTION payments_capture(
    _reference text, _amount numeric, _currency text, _provider text, _provider_id text, _event_id text, _note text
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    asked payments;
    verdict text := 'accepted';
BEGIN
    SELECT * INTO asked FROM payments WHERE reference = _reference;
    IF EXISTS (SELECT FROM captures WHERE provider = _provider AND provider_id = _provider_id) THEN
        RETURN 'known';
    END IF;
    IF asked.amount <> _amount OR asked.currency <> _currency THEN
        verdict := 'mismatch';
    ELSIF EXISTS (SELECT FROM captures WHERE reference = _reference AND kind = 'accepted') THEN
        IF _provider_id IS NULL OR EXISTS (
            SELECT FROM captures WHERE reference = _reference AND kind = 'accepted' AND provider_id IS NULL
        ) THEN
            RETURN 'known'; -- nothing tells it apart from the payment that is already there
        END IF;
        verdict := 'surplus';
    END IF;
    INSERT INTO captures (reference, kind, amount, currency, provider, provider_id, event_id, note)
    VALUES (_reference, verdict, _amount, upper(_currency), _provider, _provider_id, _event_id, _note);
    UPDATE payments SET captured = captured + _amount WHERE reference = _reference;
    RETURN verdict;
END $$;

-- Promises a part of what came in back, the surplus first; how much is promised under this cause, all calls together.
-- The caller holds the gate. Asked again under the same cause, nothing more is promised.
CREATE OR REPLACE FUNCTION payments_refund(
    _reference text, _amount numeric, _cause text, _reason text, _state text, _provider_id text, _who jsonb
) RETURNS TABLE (refund_id uuid, amount numeric, via text) LANGUAGE plpgsql AS $$
DECLARE
    rest numeric := _amount;
    part numeric;
    each record;
BEGIN
    FOR each IN
        SELECT c.id, c.provider, c.amount - c.refunded AS there FROM captures AS c
        WHERE c.reference = _reference AND c.refunded < c.amount
          AND NOT EXISTS (
              SELECT FROM refunds AS r WHERE r.capture_id = c.id AND r.cause = _cause AND r.state <> 'failed'
          )
        ORDER BY (c.kind = 'accepted'), c.id
    LOOP
        EXIT WHEN rest <= 0;
        part := least(rest, each.there);
        refund_id := gen_random_uuid();
        amount := part;
        via := each.provider;
        INSERT INTO refunds
            (id, reference, capture_id, cause, amount, reason, state, provider_id, actor_id, actor_name, ended_at)
        VALUES
            (refund_id, _reference, each.id, _cause, part, _reason, _state, _provider_id,
             (_who ->> 'id')::bigint, _who ->> 'name',
             CASE _state WHEN 'requested' THEN NULL ELSE clock_timestamp() END);
        UPDATE captures AS c SET refunded = c.refunded + part WHERE c.id = each.id;
        UPDATE payments AS p SET refunded = p.refunded + part WHERE p.reference = _reference;
        rest := rest - part;
        RETURN NEXT;
    END LOOP;
END $$;

-- Settles those of these events that nobody else settles now; what became of each. A reference that is not there (yet), or
-- a refund of which the payment was not told (yet), parks its event, until it is too old to be anything but a fault.
CREATE OR REPLACE FUNCTION payments_settle(_ids bigint[], _patience double precision) RETURNS TABLE (
    event bigint, reference text, verdict text, amount numeric
) LANGUAGE plpgsql AS $$
DECLARE
    each record;
    asked payments;
    ids bigint[];
    refs text[];
    is_early boolean;
    flags CONSTANT text[] := '{unknown_status,unknown_reference,refund_exceeds,refund_unnamed}';
BEGIN
    SELECT array_agg(e.id), array_agg(e.reference) INTO ids, refs FROM (
        SELECT w.id, w.reference FROM webhook_events AS w WHERE w.id = ANY (_ids) AND w.next_try_at IS NOT NULL
        ORDER BY w.id FOR UPDATE SKIP LOCKED
    ) AS e;
    PERFORM payments_lock(refs);
    FOR each IN SELECT * FROM webhook_events AS w WHERE w.id = ANY (ids) ORDER BY w.id LOOP
        event := each.id;
        reference := each.reference;
        amount := each.amount;
        is_early := each.received_at >= clock_timestamp() - make_interval(secs => _patience);
        SELECT * INTO asked FROM payments AS p WHERE p.reference = each.reference;
        IF each.status NOT IN ('success', 'failed', 'refunded', 'refund_failed') THEN
            verdict := 'unknown_status';
        ELSIF asked.reference IS NULL THEN
            verdict := CASE WHEN is_early THEN 'parked' ELSE 'unknown_reference' END;
        ELSIF each.status = 'success' THEN
            verdict := payments_capture(
                each.reference, each.amount, coalesce(upper(each.currency), asked.currency), each.provider,
                each.payment_id, each.event_id, ''
            );
        ELSIF each.status = 'failed' THEN
            verdict := CASE WHEN asked.captured > 0 THEN 'late' ELSE 'failed' END;
        ELSIF each.status = 'refund_failed' THEN
            verdict := payments_learn_refund_failed(each.reference, each.refund_id, each.event_id);
        ELSE
            verdict := payments_learn_refund(each.reference, each.amount, each.refund_id, each.event_id);
            IF verdict = 'refund_exceeds' AND asked.captured = 0 AND is_early THEN
                verdict := 'parked';
            END IF;
        END IF;
        UPDATE webhook_events AS w SET
            state = CASE
                WHEN verdict = 'parked' THEN 'parked'
                WHEN verdict = ANY (flags) THEN 'flagged'
                ELSE 'settled' END,
            seen_at = CASE WHEN verdict = ANY (flags) THEN NULL ELSE w.seen_at END,
            outcome = verdict,
            tries = w.tries + 1,
            next_try_at = CASE verdict WHEN 'parked'
                THEN clock_timestamp() + make_interval(secs => least(3600, power(2, least(w.tries, 20)))) END,
            settled_at = CASE verdict WHEN 'parked' THEN NULL ELSE clock_timestamp() END
        WHERE w.id = each.id;
        RETURN NEXT;
    END LOOP;
END $$;

-- The provider says that it paid money back: one of our refunds, or one that was made over there. The caller holds the
-- gate.
CREATE OR REPLACE FUNCTION payments_learn_refund(_reference text, _amount numeric, _refund_id text, _event_id text)
    RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ours refunds;
BEGIN
    SELECT * INTO ours FROM refunds AS r
    WHERE r.reference = _reference AND r.state <> 'failed' AND (
        CASE WHEN _refund_id IS NOT NULL THEN _refund_id IN (r.id::text, r.provider_id)
        ELSE r.amount = _amount AND r.event_id IS NULL END
    ) ORDER BY (r.state = 'requested') DESC, r.created_at LIMIT 1;
    IF FOUND THEN
        UPDATE refunds SET event_id = _event_id WHERE id = ours.id;
        RETURN CASE ours.state WHEN 'requested' THEN payments_end_refund(ours.id, 'succeeded', _refund_id, NULL)
            ELSE 'known' END;
    END IF;
    IF EXISTS (
        SELECT FROM webhook_events
        WHERE reference = _reference AND status = 'refund_failed' AND refund_id = _refund_id AND state = 'settled'
    ) THEN
        RETURN 'late'; -- it was made, and has failed since
    END IF;
    IF _amount > (SELECT captured - refunded FROM payments WHERE reference = _reference) THEN
        RETURN 'refund_exceeds';
    END IF;
    PERFORM payments_refund(
        _reference, _amount, 'event:' || _event_id, 'paid back at the provider', 'succeeded', _refund_id,
        '{"id": null, "name": "payment provider"}'
    );
    UPDATE refunds SET event_id = _event_id WHERE reference = _reference AND cause = 'event:' || _event_id;
    RETURN 'refunded';
END $$;

-- The provider says that a refund has failed, be it one that it had accepted: its money is here again, and no promise
-- any more. One of which we never heard changes nothing. The caller holds the gate.
CREATE OR REPLACE FUNCTION payments_learn_refund_failed(_reference text, _refund_id text, _event_id text) RETURNS text
    LANGUAGE plpgsql AS $$
DECLARE
    each record;
    verdict text := 'known';
BEGIN
    IF _refund_id IS NULL THEN
        RETURN 'refund_unnamed'; -- nothing tells which one it was
    END IF;
    FOR each IN
        UPDATE refunds AS r SET
            state = 'failed', event_id = _event_id, ended_at = clock_timestamp(), error = 'The provider says it failed.'
        WHERE r.reference = _reference AND r.state <> 'failed' AND _refund_id IN (r.id::text, r.provider_id)
        RETURNING r.capture_id, r.amount
    LOOP
        UPDATE captures SET refunded = refunded - each.amount WHERE id = each.capture_id;
        UPDATE payments SET refunded = refunded - each.amount WHERE reference = _reference;
        verdict := 'refund_failed';
    END LOOP;
    RETURN verdict;
END $$;

-- Ends a refund that is under way, once. A failed one is no promise any more. The caller holds the gate.
CREATE OR REPLACE FUNCTION payments_end_refund(_id uuid, _state text, _provider_id text, _error text) RETURNS text
    LANGUAGE plpgsql AS $$
DECLARE
    ended refunds;
BEGIN
    UPDATE refunds SET
        state = _state, error = _error, ended_at = clock_timestamp(),
        provider_id = coalesce(_provider_id, provider_id)
    WHERE id = _id AND state = 'requested' RETURNING * INTO ended;
    IF NOT FOUND THEN
        RETURN 'known';
    END IF;
    IF _state = 'failed' THEN
        UPDATE captures SET refunded = refunded - ended.amount WHERE id = ended.capture_id;
        UPDATE payments SET refunded = refunded - ended.amount WHERE reference = ended.reference;
        RETURN 'refund_failed';
    END IF;
    RETURN 'refunded';
END $$;

-- Stores what a provider told, once, and asks for it to be settled. The same id again is counted; other words under a
-- known id are a contradiction.
CREATE OR REPLACE FUNCTION payments_receive(
    _provider text, _event_id text, _payload jsonb, _fingerprint text, _reference text, _status text, _amount numeric,
    _currency text, _payment_id text, _refund_id text, _request_id text
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    row_id bigint;
BEGIN
    INSERT INTO webhook_events
        (provider, event_id, payload, fingerprint, reference, status, amount, currency, payment_id, refund_id, request_id)
    VALUES
        (_provider, _event_id, _payload, _fingerprint, _reference, _status, _amount, _currency, _payment_id, _refund_id,
         _request_id)
    ON CONFLICT (provider, event_id) DO NOTHING RETURNING id INTO row_id;
    IF row_id IS NOT NULL THEN
        -- Refunds one by one: only what is settled set-wise may lock several customers.
        PERFORM jobs_ask(
            CASE WHEN _status IN ('refunded', 'refund_failed') THEN 'payments.settle_refund' ELSE 'payments.settle' END,
            jsonb_build_object('event_id', row_id), jsonb_build_object('request_id', _request_id));
        RETURN true;
    END IF;
    UPDATE webhook_events SET
        repeats = repeats + 1, is_contradicted = is_contradicted OR fingerprint <> _fingerprint,
        seen_at = CASE WHEN fingerprint = _fingerprint THEN seen_at END
    WHERE provider = _provider AND event_id = _event_id;
    RETURN false;
END $$;
