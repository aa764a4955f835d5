import { expect, it } from "vitest";
import { loopback, refusalOf } from "./loopback";

it.each([
  ["http://127.0.0.1:40123/callback", true],
  ["http://[::1]:40123/", true],
  ["http://localhost:1/", false],
  ["https://127.0.0.1/", false],
  ["http://127.0.0.1.evil.example/", false],
  ["http://evil.example/?127.0.0.1", false],
  ["http://127.0.0.1@evil.example/", false],
  ["http://user@127.0.0.1/", false],
  ["javascript:alert(1)", false],
  ["/callback", false],
  [undefined, false],
])("%s is on this machine: %s", (address, here) => {
  expect(loopback(address) !== undefined).toBe(here);
});

it("a refusal keeps what the address had", () => {
  const url = loopback("http://127.0.0.1:4/cb?x=1");
  expect(url && refusalOf(url, "s&s")).toBe(
    "http://127.0.0.1:4/cb?x=1&error=access_denied&state=s%26s",
  );
});
