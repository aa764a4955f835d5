import { expect, it } from "vitest";
import { filterOf, parseAccessSearch } from "./search";

it("reads the filters of the address and drops what is none", () => {
  expect(parseAccessSearch({ all: true, state: "active", principal: 42, other: 1 })).toEqual({
    all: true,
    state: "active",
    principal: "42",
  });
  expect(parseAccessSearch({ all: "yes", state: "lost", target: "" })).toEqual({});
});

it("asks for one's own unless all are wanted", () => {
  expect(filterOf({ state: "active" })).toEqual({ state: "active", mine: true });
  expect(filterOf({ all: true, target: "shop" })).toEqual({ target: "shop" });
});
