"""psycopg 3 through the edge, unchanged: text and binary results, server-side statements, pipelines,
COPY, transactions, errors. Prints one JSON object with what it saw."""

import json
import sys

import psycopg

seen = {}
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, email, card FROM customers WHERE id = %s", (7,))
        seen["text"] = [str(value) for value in cursor.fetchone()]
    with connection.cursor(binary=True) as cursor:
        cursor.execute("SELECT id, email, card FROM customers WHERE id = %s", (7,), prepare=True)
        seen["binary"] = [str(value) for value in cursor.fetchone()]
    with connection.pipeline(), connection.cursor() as cursor:
        results = []
        for number in range(20):
            cursor.execute("SELECT %s::int + 1", (number,))
            results.append(cursor)
        connection.execute("SELECT 1")
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO notes VALUES (%s, %s)", [(number, f"note {number}") for number in range(10)]
        )
        cursor.execute("SELECT count(*) FROM notes")
        seen["inserted"] = cursor.fetchone()[0]
    with connection.cursor() as cursor, cursor.copy("COPY notes FROM STDIN") as copy:
        for number in range(10, 15):
            copy.write_row((number, f"note {number}"))
    with connection.cursor() as cursor:
        with cursor.copy("COPY (SELECT id, email FROM customers WHERE id < 4 ORDER BY id) TO STDOUT") as copy:
            seen["copied"] = b"".join(bytes(part) for part in copy).decode()
    try:
        connection.execute("DROP TABLE notes")
    except psycopg.Error as error:
        seen["refused"] = [error.sqlstate, error.diag.message_primary]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM notes")
        seen["after"] = cursor.fetchone()[0]
    try:
        with connection.transaction():
            connection.execute("TRUNCATE notes")
    except psycopg.Error as error:
        seen["in_transaction"] = error.sqlstate
    seen["usable"] = connection.execute("SELECT 42").fetchone()[0]
print(json.dumps(seen))
