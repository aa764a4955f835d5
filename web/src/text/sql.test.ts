import { describe, expect, it } from "vitest";
import { tokenize } from "./sql";

const kinds = (text: string) =>
  tokenize(text)
    .filter((t) => t.kind !== "space")
    .map((t) => `${t.kind}:${t.text}`);

describe("tokenize", () => {
  it.each([
    ["keywords in any case", "SeLeCt 1", ["keyword:SeLeCt", "number:1"]],
    ["a keyword inside a name is a name", "selected from_x", ["name:selected", "name:from_x"]],
    ["a doubled quote stays inside", "'it''s' x", ["string:'it''s'", "name:x"]],
    ["a backslash ends nothing in a plain string", "'a\\' x", ["string:'a\\'", "name:x"]],
    ["a backslash escapes in an E string", "E'a\\' x' y", ["string:E'a\\' x'", "name:y"]],
    ["dollar quotes", "$t$ it's -- $$ $t$ x", ["string:$t$ it's -- $$ $t$", "name:x"]],
    ["an unterminated string runs to the end", "'abc -- x", ["string:'abc -- x"]],
    ["an unterminated dollar quote runs to the end", "$$abc", ["string:$$abc"]],
    ["comments nest", "/* a /* b */ c */ d", ["comment:/* a /* b */ c */", "name:d"]],
    ["a line comment ends with its line", "-- a\nb", ["comment:-- a", "name:b"]],
    [
      "a quote in a comment opens nothing",
      "-- it's\nselect",
      ["comment:-- it's", "keyword:select"],
    ],
    ["quoted names", '"a""b"', ['quoted:"a""b"']],
    ["parameters are no dollar quotes", "$1", ["parameter:$1"]],
    ["a unicode string", "U&'\\0441' x", ["string:U&'\\0441'", "name:x"]],
    ["numbers", "1.5e3 0xFF .5", ["number:1.5e3", "number:0xFF", "number:.5"]],
    ["operators stay together", "a<=b", ["name:a", "plain:<=", "name:b"]],
    ["letters outside ASCII", "SELECT оrders", ["keyword:SELECT", "name:оrders"]],
  ])("%s", (_name, text, expected) => {
    expect(kinds(text)).toEqual(expected);
  });

  it("drops and changes nothing", () => {
    const alphabet = [
      "'",
      '"',
      "$",
      "$$",
      "$a$",
      "--",
      "/*",
      "*/",
      "\\",
      "E'",
      "\n",
      " ",
      "x",
      "1",
      "🂡",
      "\ud800",
    ];
    let seed = 7;
    const random = () => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed;
    };
    for (let round = 0; round < 2000; round += 1) {
      const text = Array.from(
        { length: random() % 14 },
        () => alphabet[random() % alphabet.length],
      ).join("");
      expect(
        tokenize(text)
          .map((t) => t.text)
          .join(""),
      ).toBe(text);
    }
  });
});
