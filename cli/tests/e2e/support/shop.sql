SET ROLE countersign;
CREATE TABLE customers (
    id int PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL UNIQUE,
    phone text NOT NULL,
    card text NOT NULL,
    ssn text NOT NULL,
    address text NOT NULL
);
INSERT INTO customers
SELECT n,
       'Customer ' || n,
       'jane' || n || '@example.com',
       '+1 212 555 ' || lpad(n::text, 4, '0'),
       '4111 1111 1111 1111',
       '536-90-' || lpad((4000 + n)::text, 4, '0'),
       n || ' Main Street'
FROM generate_series(1, 40) n;
CREATE VIEW contacts AS SELECT id, email AS reach, upper(ssn) AS code FROM customers;
CREATE TABLE orders (
    id int PRIMARY KEY,
    customer_id int NOT NULL REFERENCES customers,
    status text NOT NULL,
    total numeric(10, 2) NOT NULL,
    created_at timestamptz NOT NULL
);
INSERT INTO orders
SELECT n, 1 + n % 40, (ARRAY['paid', 'pending', 'shipped'])[1 + n % 3], n, '2026-10-01'::timestamptz + n * interval '1 hour'
FROM generate_series(1, 200) n;
CREATE TABLE notes (id bigint PRIMARY KEY, body text);
