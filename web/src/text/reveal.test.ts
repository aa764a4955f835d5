import { describe, expect, it } from "vitest";
import { countEscapes, type RevealMode, reveal } from "./reveal";

const shown = (text: string, mode: RevealMode) =>
  reveal(text, mode)
    .map((s) => (s.kind === "text" ? s.text : s.kind === "masked" ? `<${s.text}>` : `{${s.text}}`))
    .join("");

describe("reveal", () => {
  it.each<[string, RevealMode, string, string]>([
    ["plain text", "code", "SELECT 1", "SELECT 1"],
    ["tabs and line ends", "code", "a\n\tb\r\nc", "a\n\tb\nc"],
    ["a bare carriage return", "prose", "a\rb", "a{\\u{000D}}b"],
    ["NUL and backspace", "prose", "a\u0000\b", "a{\\u{0000}\\u{0008}}"],
    ["right-to-left override", "prose", "'\u202Egnp'", "'{\\u{202E}}gnp'"],
    ["isolates", "prose", "\u2066x\u2069", "{\\u{2066}}x{\\u{2069}}"],
    ["zero-width space and joiner", "prose", "a\u200Bb\u200Dc", "a{\\u{200B}}b{\\u{200D}}c"],
    ["byte order mark", "prose", "\uFEFFx", "{\\u{FEFF}}x"],
    ["soft hyphen", "prose", "a\u00ADb", "a{\\u{00AD}}b"],
    ["no-break space", "prose", "a\u00A0b", "a{\\u{00A0}}b"],
    ["ideographic space", "code", "a\u3000b", "a{\\u{3000}}b"],
    ["line separator", "prose", "a\u2028b", "a{\\u{2028}}b"],
    ["Hangul filler", "prose", "\u3164", "{\\u{3164}}"],
    ["blank Braille cell", "prose", "\u2800", "{\\u{2800}}"],
    ["variation selector", "prose", "a\uFE0F", "a{\\u{FE0F}}"],
    ["tag characters", "prose", "a\u{E0041}", "a{\\u{E0041}}"],
    ["a lone surrogate", "prose", "a\ud800b", "a{\\u{D800}}b"],
    ["a private character", "prose", "\ue000", "{\\u{E000}}"],
    ["Cyrillic o in a name", "code", "оrders", "{\\u{043E}}rders"],
    ["any letter outside ASCII in a name", "code", "naïve", "na{\\u{00EF}}ve"],
    ["a full-width semicolon", "code", "a；b", "a{\\u{FF1B}}b"],
    ["a curly quote outside a string", "code", "‘a’", "{\\u{2018}}a{\\u{2019}}"],
    ["Latin with accents in a string", "prose", "'Zoë Müller'", "'Zoë Müller'"],
    ["a Russian word in a string", "prose", "'Привет'", "'Привет'"],
    ["Japanese in a string", "prose", "'東京タワー'", "'東京タワー'"],
    ["Arabic in a string", "prose", "'سلام'", "'سلام'"],
    ["a Greek word", "prose", "Ελλάδα", "Ελλάδα"],
    ["Latin with one Cyrillic letter", "prose", "'pаid'", "'p{\\u{0430}}id'"],
    ["a word of nothing but look-alikes", "prose", "'сор'", "'{\\u{0441}\\u{043E}\\u{0440}}'"],
    ["mathematical letters", "prose", "𝐩aid", "{\\u{1D429}}aid"],
    ["full-width letters", "prose", "ｐaid", "{\\u{FF50}}aid"],
    ["one accent is fine", "prose", "e\u0301", "e\u0301"],
    ["a tower of marks", "prose", "e\u0301\u0301\u0301", "e\u0301\u0301{\\u{0301}}"],
    ["emoji", "prose", "done 🎉", "done 🎉"],
    ["a redacted value", "prose", "to [EMAIL_ADDRESS].", "to <[EMAIL_ADDRESS]>."],
    ["a pseudonym", "prose", "'EMAIL_ADDRESS_7F3K2M9QXA'", "'<EMAIL_ADDRESS_7F3K2M9QXA>'"],
    ["a partial mask", "prose", "************1111", "<************1111>"],
    ["an array index is no mask", "prose", "a[1] [x]", "a[1] [x]"],
    ["code has no masks", "code", "[ID]", "[ID]"],
  ])("%s (%s)", (_name, mode, text, expected) => {
    expect(shown(text, mode)).toBe(expected);
  });

  it("counts what it escaped", () => {
    expect(countEscapes(reveal("a\u200B\u200Bb", "prose"))).toBe(2);
    expect(countEscapes(reveal("ab", "prose"))).toBe(0);
  });

  it("lets no bidi control or default-ignorable character of the whole range pass", () => {
    const ignorable = /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Cc}]/u;
    for (let code = 0; code < 0x10ffff; code += 1) {
      const char = String.fromCodePoint(code);
      if (!ignorable.test(char) || char === "\n" || char === "\t") continue;
      for (const mode of ["code", "prose"] as const) {
        expect(
          reveal(`a${char}`, mode).map((s) => s.kind),
          code.toString(16),
        ).toEqual(["text", "escape"]);
      }
    }
  });
});
