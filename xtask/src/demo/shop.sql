-- A small shop. Every value is made up and the same on every run: e-mail addresses are under
-- example.*, telephone numbers in the range kept for fiction, cards have test prefixes and valid
-- check digits, IBANs valid check digits of a bank that does not exist.

CREATE TABLE customers (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL,
    email         text NOT NULL UNIQUE,
    phone         text NOT NULL,
    ssn           text NOT NULL,
    card_number   text NOT NULL,
    street        text NOT NULL,
    city          text NOT NULL,
    state         char(2) NOT NULL,
    postal_code   text NOT NULL,
    date_of_birth date NOT NULL,
    notes         text NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL
);

CREATE TABLE orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
    status      text NOT NULL CHECK (status IN ('open', 'paid', 'shipped', 'cancelled')),
    total_cents bigint NOT NULL CHECK (total_cents >= 0),
    placed_at   timestamptz NOT NULL
);

CREATE TABLE order_items (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id         bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    product          text NOT NULL,
    quantity         int NOT NULL CHECK (quantity > 0),
    unit_price_cents bigint NOT NULL
);

CREATE TABLE payments (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id     bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    method       text NOT NULL CHECK (method IN ('card', 'sepa')),
    account      text NOT NULL,
    amount_cents bigint NOT NULL,
    paid_at      timestamptz NOT NULL
);

CREATE TABLE abandoned_carts (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
    product     text NOT NULL,
    left_at     timestamptz NOT NULL
);

-- The check digit that makes a card number valid (ISO/IEC 7812-1, Luhn).
CREATE FUNCTION pg_temp.with_luhn(digits text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT digits || (10 - sum(CASE
        WHEN place % 2 = 1 THEN digit * 2 - CASE WHEN digit > 4 THEN 9 ELSE 0 END
        ELSE digit END) % 10) % 10
    FROM (SELECT n AS place, substr(reverse(digits), n, 1)::int AS digit
          FROM generate_series(1, length(digits)) AS n) AS places
$$;

-- Check digits that make an IBAN valid (ISO 13616, mod 97).
CREATE FUNCTION pg_temp.german_iban(account text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT 'DE' || lpad((98 - (account || '131400')::numeric % 97)::text, 2, '0') || account
$$;

-- A number below `below` that looks random and is not.
CREATE FUNCTION pg_temp.pick(i bigint, salt bigint, below bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT (('x' || substr(md5(i || ':' || salt), 1, 8))::bit(32)::bigint) % below
$$;

WITH words AS (
    SELECT
        ARRAY['James','Maria','Robert','Linda','David','Aisha','Wei','Elena','Omar','Sofia','Daniel',
              'Priya','Thomas','Hannah','Luis','Chloe','Kenji','Nadia','Peter','Grace','Ivan',
              'Fatima','George','Ingrid','Marcus','Yuki','Samuel','Leila','Victor','Amara'] AS first,
        ARRAY['Smith','Garcia','Johnson','Nguyen','Brown','Patel','Miller','Kowalski','Davis','Okafor',
              'Wilson','Silva','Anderson','Schmidt','Thomas','Rossi','Moore','Haddad','Clark','Tanaka',
              'Lewis','Petrov','Walker','Larsen','Young','Mendez','King','Dubois','Wright','Ali',
              'Hill','Novak','Green','Castillo','Baker','Ivanova','Adams','Chen','Nelson','Moreau']
              AS last,
        ARRAY['Maple','Oak','Cedar','Elm','Lake','Hill','Park','Washington','Sunset','River','Church',
              'Mill'] AS street,
        ARRAY['Street','Avenue','Lane','Drive','Road'] AS kind,
        ARRAY['Springfield|IL|62704|217','Portland|OR|97205|503','Austin|TX|78701|512',
              'Columbus|OH|43215|614','Denver|CO|80202|303','Madison|WI|53703|608',
              'Raleigh|NC|27601|919','Tucson|AZ|85701|520'] AS place,
        ARRAY['411111','555555','222300','601111'] AS card
), people AS (
    SELECT
        i,
        first[1 + pg_temp.pick(i, 1, array_length(first, 1))] AS first,
        last[1 + pg_temp.pick(i, 2, array_length(last, 1))] AS last,
        (100 + pg_temp.pick(i, 3, 9800)) || ' ' || street[1 + pg_temp.pick(i, 4, 12)] || ' '
            || kind[1 + pg_temp.pick(i, 5, 5)] AS street,
        string_to_array(place[1 + pg_temp.pick(i, 6, 8)], '|') AS place,
        pg_temp.with_luhn(card[1 + pg_temp.pick(i, 7, 4)]
            || lpad(pg_temp.pick(i, 8, 1000000000)::text, 9, '0')) AS card
    FROM words, generate_series({seed} + 1, {seed} + {customers}) AS i
)
INSERT INTO customers (name, email, phone, ssn, card_number, street, city, state, postal_code,
                       date_of_birth, notes, created_at)
SELECT
    first || ' ' || last,
    lower(first || '.' || last) || i || '@example.'
        || (ARRAY['com','net','org'])[1 + pg_temp.pick(i, 9, 3)],
    '+1 ' || place[4] || '-555-01' || lpad(pg_temp.pick(i, 10, 100)::text, 2, '0'),
    lpad((1 + pg_temp.pick(i, 11, 665))::text, 3, '0') || '-'
        || lpad((1 + pg_temp.pick(i, 12, 99))::text, 2, '0') || '-'
        || lpad((1 + pg_temp.pick(i, 13, 9999))::text, 4, '0'),
    card,
    street, place[1], place[2], place[3],
    DATE '1945-01-01' + pg_temp.pick(i, 14, 22000)::int,
    CASE pg_temp.pick(i, 15, 5)
        WHEN 0 THEN 'Prefers to be called at +1 ' || place[4] || '-555-01'
            || lpad(pg_temp.pick(i, 16, 100)::text, 2, '0') || ' after six.'
        WHEN 1 THEN 'Invoices go to accounts' || i || '@example.org, not to the customer.'
        ELSE '' END,
    TIMESTAMPTZ '2024-01-01 00:00:00Z' + pg_temp.pick(i, 17, 60000000) * INTERVAL '1 second'
FROM people;

INSERT INTO orders (customer_id, status, total_cents, placed_at)
SELECT
    c.id,
    (ARRAY['open','paid','shipped','shipped','shipped','cancelled'])[1 + pg_temp.pick(c.id, 20 + n, 6)],
    0,
    c.created_at + pg_temp.pick(c.id, 30 + n, 20000000) * INTERVAL '1 second'
FROM customers AS c, generate_series(1, 4) AS n
WHERE n <= 1 + pg_temp.pick(c.id, 19, 4);

WITH products AS (
    SELECT ARRAY['Espresso cups','Desk lamp','Trail shoes','Rain jacket','Notebook','Headphones',
                 'Water bottle','Camp stove','Backpack','Wool socks'] AS name,
           ARRAY[2400, 5900, 11900, 14900, 900, 19900, 1900, 7900, 12900, 1400] AS cents
)
INSERT INTO order_items (order_id, product, quantity, unit_price_cents)
SELECT o.id, name[p], 1 + pg_temp.pick(o.id, 50 + n, 3)::int, cents[p]
FROM orders AS o, products, generate_series(1, 3) AS n,
     LATERAL (SELECT 1 + pg_temp.pick(o.id, 40 + n, 10) AS p) AS picked
WHERE n <= 1 + pg_temp.pick(o.id, 39, 3);

UPDATE orders SET total_cents = sums.cents
FROM (SELECT order_id, sum(quantity * unit_price_cents) AS cents FROM order_items GROUP BY order_id)
     AS sums
WHERE sums.order_id = orders.id;

INSERT INTO payments (order_id, method, account, amount_cents, paid_at)
SELECT o.id,
       CASE WHEN pg_temp.pick(o.id, 60, 4) = 0 THEN 'sepa' ELSE 'card' END,
       CASE WHEN pg_temp.pick(o.id, 60, 4) = 0
            THEN pg_temp.german_iban('10010010' || lpad(pg_temp.pick(o.id, 61, 1000000000)::text, 10, '0'))
            ELSE c.card_number END,
       o.total_cents,
       o.placed_at + INTERVAL '3 minutes'
FROM orders AS o JOIN customers AS c ON c.id = o.customer_id
WHERE o.status IN ('paid', 'shipped');

INSERT INTO abandoned_carts (customer_id, product, left_at)
SELECT c.id, 'Trail shoes', c.created_at + INTERVAL '9 days'
FROM customers AS c WHERE c.id % 7 = 0;

CREATE INDEX ON orders (customer_id);
CREATE INDEX ON order_items (order_id);
CREATE INDEX ON payments (order_id);
CREATE INDEX ON abandoned_carts (customer_id);
ANALYZE;
