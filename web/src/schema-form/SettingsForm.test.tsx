// @vitest-environment jsdom
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it } from "vitest";
import { guardPolicy } from "../../e2e/mock/policies";
import type { Json } from "./node";
import { SettingsForm, useComplaints } from "./SettingsForm";

const policy = guardPolicy();
const guard = policy.manifest.settings_schema as Json;
const settings = policy.bindings[0]?.settings as Json;

function show(start: Json = settings, schema: Json = guard) {
  const latest: { value: Json; broken: boolean } = { value: start, broken: false };
  function Subject() {
    const [value, setValue] = useState(start);
    latest.value = value;
    return (
      <SettingsForm
        schema={schema}
        value={value}
        onChange={setValue}
        complaints={useComplaints(schema, value)}
        onBroken={(broken) => {
          latest.broken = broken;
        }}
      />
    );
  }
  render(<Subject />);
  return latest as { value: Record<string, Json>; broken: boolean };
}

it("edits numbers, and says what is wrong with one", async () => {
  const form = show();
  const quorum = screen.getByLabelText("Quorum");
  await userEvent.clear(quorum);
  await userEvent.type(quorum, "999");
  expect(screen.getByText("At most 255.")).toBeTruthy();
  expect(quorum.getAttribute("aria-invalid")).toBe("true");
  await userEvent.clear(quorum);
  await userEvent.type(quorum, "2");
  expect(form.value.quorum).toBe(2);
  await userEvent.clear(quorum);
  await userEvent.type(quorum, "2x");
  expect(form.value.quorum).toBe("2x");
  expect(screen.getByText("Must be a number.")).toBeTruthy();
});

it("edits choices, lists of choices and yes or no", async () => {
  const form = show();
  await userEvent.selectOptions(screen.getByLabelText("Elsewhere"), "allow");
  const classes = screen.getByRole("group", { name: "Deny classes" });
  await userEvent.click(within(classes).getByLabelText("write"));
  await userEvent.click(within(classes).getByLabelText("unknown"));
  await userEvent.click(screen.getByLabelText(/Review unbounded/));
  expect(form.value).toMatchObject({
    elsewhere: "allow",
    deny_classes: ["write", "exec"],
    review_unbounded: false,
  });
});

it("edits lists of texts", async () => {
  const form = show();
  await userEvent.type(screen.getByLabelText("Reviewers"), "sre{Enter}oncall,");
  await userEvent.click(screen.getByRole("button", { name: "Remove dba" }));
  expect(form.value.reviewers).toEqual(["payments-leads", "sre", "oncall"]);
});

it("edits lists of objects", async () => {
  const form = show();
  await userEvent.click(screen.getByRole("button", { name: "Add exception" }));
  const tables = screen.getAllByLabelText("Table");
  expect(tables).toHaveLength(2);
  expect(screen.getByText("Must not be empty.")).toBeTruthy();
  await userEvent.type(tables[1] as HTMLElement, "carts");
  expect(form.value.exceptions).toEqual([
    { table: "payments", verdict: "deny" },
    { table: "carts", verdict: "review" },
  ]);
  await userEvent.click(screen.getByRole("button", { name: "Remove exception 1" }));
  expect(form.value.exceptions).toEqual([{ table: "carts", verdict: "review" }]);
});

it("takes an optional text away when it is emptied", async () => {
  const form = show({ ...(settings as object), note: "x" });
  await userEvent.clear(screen.getByLabelText("Note"));
  expect(form.value.note).toBeNull();
});

it("edits the same as JSON, and keeps the last good value of broken JSON", async () => {
  const form = show();
  await userEvent.click(screen.getByRole("button", { name: "JSON" }));
  const text = screen.getByLabelText("Settings as JSON");
  await userEvent.clear(text);
  await userEvent.click(text);
  await userEvent.paste('{"quorum": 3, "typo": 1}');
  expect(form.value).toEqual({ quorum: 3, typo: 1 });
  expect(screen.getByText("Not a setting.")).toBeTruthy();
  await userEvent.type(text, "x");
  expect(form.broken).toBe(true);
  expect(form.value).toEqual({ quorum: 3, typo: 1 });
  await userEvent.click(screen.getByRole("button", { name: "Form" }));
  expect(form.broken).toBe(false);
  expect(screen.getByLabelText<HTMLInputElement>("Quorum").value).toBe("3");
});

it("shows defaults for what is absent, without writing them down", () => {
  const form = show({});
  expect(screen.getByLabelText<HTMLInputElement>("Quorum").value).toBe("1");
  expect(screen.getByRole("button", { name: "Remove production" })).toBeTruthy();
  expect(form.value).toEqual({});
});

it("sets and takes away an object that may be absent", async () => {
  const schema: Json = {
    type: "object",
    properties: {
      budget: { anyOf: [{ $ref: "#/$defs/Budget" }, { type: "null" }], default: null },
    },
    $defs: {
      Budget: {
        type: "object",
        properties: {
          rows: { type: "integer", minimum: 1 },
          window_seconds: { type: "integer", minimum: 1, default: 3600 },
        },
        required: ["rows"],
      },
    },
  };
  const form = show({}, schema);
  expect(screen.queryByLabelText("Rows")).toBeNull();
  await userEvent.click(screen.getByLabelText("Budget"));
  expect(form.value).toEqual({ budget: { rows: 1, window_seconds: 3600 } });
  await userEvent.type(screen.getByLabelText("Rows"), "00");
  expect(form.value).toEqual({ budget: { rows: 100, window_seconds: 3600 } });
  await userEvent.click(screen.getByLabelText("Budget"));
  expect(form.value).toEqual({ budget: null });
});
