import { expect, it } from "vitest";
import { readJwk } from "./jwk";

it.each([
  ["", /not JSON/],
  ["[]", /one JSON object/],
  ['"x"', /one JSON object/],
  ['{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"}', /private key/],
  ['{"kty":"oct","k":"AA"}', /private key/],
  ['{"crv":"Ed25519"}', /kty/],
])("%s is refused", (text, fault) => {
  expect(readJwk(text)).toEqual({ fault: expect.stringMatching(fault) });
});

it("a public key is taken as it is", () => {
  const jwk = { kty: "OKP", crv: "Ed25519", x: "AA" };
  expect(readJwk(JSON.stringify(jwk))).toEqual({ jwk });
});
