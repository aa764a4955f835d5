import { describe, expect, it } from "vitest";
import { type Asked, saidBefore } from "./conversation";

function asked(id: string, ...texts: string[]): Asked {
  const messages = texts.map((text, n) => ({ role: n % 2 === 0 ? "user" : "assistant", text }));
  return { id, request: { llm: { provider: "openai", api: "chat", messages } } };
}

describe("what was said before", () => {
  const actions = [
    asked("1", "hi"),
    { id: "2", request: { shell: "ls" } } as Asked,
    asked("3", "hi", "hello", "and?"),
    asked("4", "hi", "hello", "something else"),
    asked("5", "another"),
    asked("6", "hi"),
  ];
  it.each([
    ["1", 0],
    ["2", 0],
    ["3", 1],
    ["4", 2],
    ["5", 0],
    ["6", 0],
    ["unknown", 0],
  ])("action %s: %i", (id, expected) => expect(saidBefore(actions, id)).toBe(expected));
});
