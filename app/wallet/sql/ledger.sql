-- Lock order: whatever the caller locks, the user (shared), the customer's account last.

CREATE OR REPLACE FUNCTION wallet_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'ledger_append_only';
END $$;

CREATE OR REPLACE TRIGGER transfers_append_only BEFORE UPDATE OR DELETE ON transfers
    FOR EACH ROW EXECUTE FUNCTION wallet_refuse_change();
CREATE OR REPLACE TRIGGER transfers_no_truncate BEFORE TRUNCATE ON transfers
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_refuse_change();
CREATE OR REPLACE TRIGGER entries_append_only BEFORE UPDATE OR DELETE ON entries
    FOR EACH ROW EXECUTE FUNCTION wallet_refuse_change();
CREATE OR REPLACE TRIGGER entries_no_truncate BEFORE TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_refuse_change();

-- What one statement writes of a transfer sums to zero by itself, so whatever was written before it keeps its sum.
CREATE OR REPLACE FUNCTION wallet_refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT transfer_id INTO wrong FROM written GROUP BY transfer_id, currency HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'transfer_unbalanced',
            DETAIL = jsonb_build_object('transfer_id', wrong);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER entries_balanced AFTER INSERT ON entries REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_refuse_unbalanced();

-- Changes what a customer has; the first money opens the account.
CREATE OR REPLACE FUNCTION wallet_change(_user bigint, _change numeric, _currency text) RETURNS accounts
    LANGUAGE plpgsql AS $$
DECLARE
    account accounts;
BEGIN
    IF _change > 0 THEN
        INSERT INTO accounts (user_id, currency, balance) VALUES (_user, _currency, _change)
        ON CONFLICT (user_id) DO UPDATE SET
            balance = accounts.balance + excluded.balance, version = accounts.version + 1,
            updated_at = clock_timestamp()
        WHERE accounts.currency = excluded.currency
        RETURNING * INTO account;
    ELSE
        UPDATE accounts SET balance = balance + _change, version = version + 1, updated_at = clock_timestamp()
        WHERE user_id = _user AND currency = _currency AND balance + _change >= 0
        RETURNING * INTO account;
    END IF;
    IF account.user_id IS NULL THEN
        PERFORM wallet_refuse(_user, -_change, _currency);
    END IF;
    RETURN account;
END $$;

-- Says why an account does not take or give this.
CREATE OR REPLACE FUNCTION wallet_refuse(_user bigint, _needed numeric, _currency text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    account accounts;
BEGIN
    SELECT * INTO account FROM accounts WHERE user_id = _user;
    IF account.currency <> _currency THEN
        RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'other_currency',
            DETAIL = jsonb_build_object('kept', account.currency, 'asked', _currency);
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'insufficient_balance',
        DETAIL = jsonb_build_object('balance', coalesce(account.balance, 0.00)::text, 'needed', _needed::text);
END $$;

-- Whether a customer has this much, asked without a lock: most of those who have less leave here.
CREATE OR REPLACE FUNCTION wallet_has(_user bigint, _needed numeric, _currency text) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM accounts WHERE user_id = _user AND currency = _currency AND balance >= _needed) THEN
        PERFORM wallet_refuse(_user, _needed, _currency);
    END IF;
END $$;

-- Moves money, once for this subject and kind; the customer's entry, which a settlement does not have.
CREATE OR REPLACE FUNCTION wallet_move(
    _kind text, _subject text, _user bigint, _amount numeric, _currency text, _note text, _who jsonb
) RETURNS entries LANGUAGE plpgsql AS $$
DECLARE
    moved bigint;
    account accounts;
    made entries;
    change numeric := CASE WHEN _kind IN ('deposit', 'refund') THEN _amount ELSE -_amount END;
    other text := CASE WHEN _kind IN ('deposit', 'payout') THEN 'deposits' ELSE 'activations' END;
BEGIN
    INSERT INTO transfers (kind, subject, note, actor_id, actor_name)
    VALUES (_kind, _subject, _note, (_who ->> 'id')::bigint, _who ->> 'name') RETURNING id INTO moved;
    IF _kind = 'settle' THEN
        INSERT INTO entries (transfer_id, account, amount, currency)
        VALUES (moved, 'activations', -_amount, _currency), (moved, 'revenue', _amount, _currency);
        RETURN NULL;
    END IF;
    account := wallet_change(_user, change, _currency);
    WITH both_sides AS (
        INSERT INTO entries (transfer_id, account, user_id, amount, currency, balance_after, version) VALUES
            (moved, 'customer', _user, change, _currency, account.balance, account.version),
            (moved, other, NULL, -change, _currency, NULL, NULL)
        RETURNING *
    )
    SELECT * INTO made FROM both_sides WHERE both_sides.account = 'customer';
    RETURN made;
END $$;

-- An operator puts money in, or pays it out. The user's row is shared, so that no deletion goes on meanwhile.
CREATE OR REPLACE FUNCTION wallet_by_hand(
    _kind text, _id uuid, _user bigint, _amount numeric, _currency text, _note text, _who jsonb
) RETURNS entries LANGUAGE plpgsql AS $$
DECLARE
    made entries;
BEGIN
    PERFORM FROM users WHERE id = _user AND role = 'customer' AND email NOT LIKE '%@deleted.invalid' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'account_not_found',
            DETAIL = jsonb_build_object('customer_id', _user);
    END IF;
    PERFORM audit_write(
        'account.' || _kind, 'customer', _user::text, '{}',
        jsonb_build_object('amount', _amount::text, 'currency', _currency, 'note', _note, _kind, _id), _who
    );
    RETURN wallet_move(_kind, _kind || ':' || _id, _user, _amount, _currency, _note, _who);
END $$;
