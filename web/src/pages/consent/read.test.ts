import { expect, it } from "vitest";
import { clientName, readRequest } from "./AuthorizePage";
import { readCode } from "./DevicePage";

const whole = {
  response_type: "code",
  client_id: "countersign-cli",
  redirect_uri: "http://127.0.0.1:4/cb",
  code_challenge: "E9Melhoa",
  code_challenge_method: "S256",
  state: "12e3",
};

it("a request is read as it is written", () => {
  expect(readRequest(new URLSearchParams(whole))).toEqual({
    client_id: "countersign-cli",
    redirect_uri: "http://127.0.0.1:4/cb",
    code_challenge: "E9Melhoa",
    state: "12e3",
    scope: undefined,
  });
});

it.each([
  { response_type: "token" },
  { code_challenge: "" },
  { code_challenge_method: "plain" },
  { state: "" },
  { client_id: "" },
])("one with %j is none", (change) => {
  expect(readRequest(new URLSearchParams({ ...whole, ...change }))).toBeUndefined();
});

it.each([
  ["wdjb-mjht", "WDJB-MJHT"],
  [" wdjb mjht ", "WDJB-MJHT"],
  ["WDJBMJHT", "WDJB-MJHT"],
  ["wd", "WD"],
])("the code %j is %s", (typed, code) => expect(readCode(typed)).toBe(code));

it("a program that is not ours is called by its id", () => {
  expect(clientName("countersign-cli")).toBe("The countersign command line");
  expect(clientName("toString")).toBe("toString");
});
