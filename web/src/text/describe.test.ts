import { describe, expect, it } from "vitest";
import type { SqlStatement } from "../api/types";
import { describeLimits, describeMask, headline, verbOf } from "./describe";

const statement = (change: Partial<SqlStatement>): SqlStatement => ({
  class: "destructive",
  operations: ["delete"],
  tables_read: [],
  tables_written: ["orders"],
  unbounded_read: false,
  unbounded_write: false,
  ...change,
});

describe("headline", () => {
  it.each<[SqlStatement[], string]>([
    [[], "Empty statement"],
    [[statement({})], "Delete rows from orders"],
    [[statement({ unbounded_write: true })], "Delete every row of orders"],
    [[statement({ operations: ["update"], unbounded_write: true })], "Update every row of orders"],
    [[statement({ operations: ["truncate"] })], "Empty orders"],
    [[statement({ operations: ["drop_table"] })], "Drop table orders"],
    [[statement({ operations: ["copy_program"], tables_written: [] })], "Copy program"],
    [
      [statement({ class: "read", operations: ["select"], tables_written: [] }), statement({})],
      "Delete rows from orders, and 1 more",
    ],
    [[statement({ class: "unknown", operations: [], tables_written: [] })], "Unknown"],
  ])("%#", (statements, text) => expect(headline({ statements })).toBe(text));
});

describe("verbOf", () => {
  it.each([
    ["delete from orders", "DELETE"],
    ["WITH gone AS (DELETE FROM payments RETURNING *) SELECT 1", "DELETE"],
    ["-- SELECT only\nDROP TABLE orders", "DROP"],
    ["SELECT 'DROP TABLE x'", "SELECT"],
    ["SELECT 1; TRUNCATE t", "TRUNCATE"],
    ["", "Statement"],
  ])("%s", (text, verb) => expect(verbOf(text)).toBe(verb));
});

it("words for conditions", () => {
  expect(describeLimits({ limits: { rows: 1000, bytes: null, seconds: 90 } })).toEqual([
    "at most 1,000 rows",
    "at most 1 min 30 s",
  ]);
  expect(describeLimits(undefined)).toEqual([]);
  const column = { column: { table: "customers", name: "phone" } };
  expect(describeMask({ selector: column, style: "null" })).toBe("customers.phone");
});
