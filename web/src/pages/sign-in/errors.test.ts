import { expect, it } from "vitest";
import { failureOf, REMEDY } from "./errors";

it.each([
  "provider_unreachable",
  "provider_slow",
  "wrong_issuer",
  "clock_skew",
  "bad_signature",
  "missing_nonce",
  "replayed",
  "state_mismatch",
  "token_too_large",
  "no_role",
  "denied",
  "disabled",
])("%s has words of its own and a remedy", (code) => {
  const failure = failureOf(code);
  expect(failure).not.toEqual(failureOf("something_new"));
  expect(REMEDY[failure.remedy]).toBeTruthy();
});

it("a code that is not known still says what happened", () => {
  expect(failureOf("toString").title).toBe("You were not signed in");
});
