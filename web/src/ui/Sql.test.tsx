// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { SqlBlock, SqlLine } from "./Sql";

const shown = (container: HTMLElement) => container.querySelector("pre")?.textContent;

describe("a statement", () => {
  it("is shown whole, in colours", () => {
    const text = "SELECT 'Zoë', $1\n  FROM customers -- all";
    const { container } = render(<SqlBlock text={text} />);
    expect(shown(container)).toBe(text);
    expect(container.querySelector(".tok-keyword")?.textContent).toBe("SELECT");
    expect(container.querySelector(".note")).toBeNull();
  });

  it("writes out what hides, and counts it", () => {
    const { container } = render(<SqlBlock text={"DROP TABLE оrders\u200B\u200B"} />);
    expect(shown(container)).toBe("DROP TABLE \\u{043E}rders\\u{200B}\\u{200B}");
    expect(screen.getByText("3 characters are not what they look like.")).toBeTruthy();
  });

  it("never becomes markup", () => {
    const { container } = render(<SqlBlock text="'<img src=x onerror=alert(1)>'" />);
    expect(container.querySelector("img")).toBeNull();
  });

  it("that is very long says so, and is shown piece by piece", async () => {
    const text = `SELECT '${"x".repeat(45_000)}'; DROP TABLE orders`;
    const { container } = render(<SqlBlock text={text} />);
    expect(screen.getByText("This is not all of it.")).toBeTruthy();
    expect(shown(container)).toHaveLength(20_000);
    await userEvent.click(screen.getByRole("button"));
    await userEvent.click(screen.getByRole("button"));
    expect(shown(container)).toBe(text);
    expect(screen.queryByText("This is not all of it.")).toBeNull();
  });
});

describe("a line of a list", () => {
  it.each([
    ["one line, spaces drawn together", "SELECT 1\n\n   FROM  t", "SELECT 1 FROM t"],
    [
      "what runs, not what it says of itself",
      "-- harmless\n/* really */ DROP TABLE t",
      "DROP TABLE t",
    ],
    ["comments when there is nothing else", "-- nothing", "-- nothing"],
  ])("shows %s", (_name, text, line) => {
    const { container } = render(<SqlLine text={text} />);
    expect(container.textContent).toBe(line);
  });
});
