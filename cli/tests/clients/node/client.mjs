// node-postgres through the edge, unchanged. Prints one JSON object with what it saw.
import pg from "pg";

const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
const seen = {};
const one = await client.query("SELECT id, email, card FROM customers WHERE id = 7");
seen.simple = Object.values(one.rows[0]);
const prepared = { name: "one", text: "SELECT id, email FROM customers WHERE id = $1" };
seen.prepared = [];
for (const id of [3, 4]) {
  seen.prepared.push((await client.query({ ...prepared, values: [id] })).rows[0].email);
}
const many = await Promise.all([1, 2, 3].map((n) => client.query("SELECT $1::int * 2 AS n", [n])));
seen.queued = many.map((result) => result.rows[0].n);
try {
  await client.query("DROP TABLE notes");
} catch (error) {
  seen.refused = [error.code, error.message];
}
seen.usable = (await client.query("SELECT 42 AS n")).rows[0].n;
await client.end();
console.log(JSON.stringify(seen));
