import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { client, ok } from "../../api/client";
import type { CreateDocument, Document } from "../../api/types";
import { formatBytes } from "../../text/format";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Field, SelectField, TextField } from "../../ui/Field";
import { ProblemNote } from "../../ui/States";
import { type Draft, documentOf, formatOf } from "./draft";

const SOURCES = [
  { value: "file", label: "a file" },
  { value: "pull", label: "an address, pulled on a schedule" },
] as const;

const EVERY = [
  { value: "60", label: "minute" },
  { value: "300", label: "5 minutes" },
  { value: "3600", label: "hour" },
  { value: "86400", label: "day" },
] as const;

function startOf(document: Document | undefined): Draft {
  return {
    name: document?.name ?? "",
    format: document?.format ?? "json",
    keyColumn: document?.key_column ?? "",
    text: undefined,
    pull: document?.pull != null,
    url: document?.pull?.url ?? "",
    everySeconds: document?.pull?.every_seconds ?? 300,
  };
}

/** Adds a document, or a version of one. */
export function DocumentDialog({
  document,
  onClose,
}: {
  document?: Document;
  onClose: () => void;
}) {
  const [draft, setDraft] = useState<Draft>(() => startOf(document));
  const [file, setFile] = useState<File>();
  const [problem, setProblem] = useState<string>();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const set = (change: Partial<Draft>) => {
    setProblem(undefined);
    setDraft((before) => ({ ...before, ...change }));
  };
  const save = useMutation({
    mutationFn: (body: CreateDocument) => ok(client.POST("/api/v1/documents", { body })),
    onSuccess: async (answer, { name }) => {
      await queries.invalidateQueries({ queryKey: ["document"] });
      onClose();
      if ("change" in answer) {
        await navigate({ to: "/changes", search: { change: answer.change.id } });
      } else await navigate({ to: "/documents", search: { name } });
    },
  });
  const submit = async () => {
    const text = draft.pull ? undefined : await file?.text();
    const made = documentOf({ ...draft, text });
    if ("problem" in made) setProblem(made.problem);
    else save.mutate(made.body);
  };
  return (
    <Dialog
      title={document ? `New version of ${document.name}` : "Add a document"}
      onClose={onClose}
    >
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {!document && (
          <TextField
            label="Name"
            help="Policies look it up by this name."
            required
            maxLength={63}
            value={draft.name}
            onChange={(name) => set({ name })}
          />
        )}
        <SelectField
          label="From"
          value={draft.pull ? "pull" : "file"}
          options={SOURCES}
          onChange={(from) => set({ pull: from === "pull" })}
        />
        {draft.pull ? (
          <>
            <TextField
              label="Address"
              type="url"
              required
              value={draft.url}
              onChange={(url) => set({ url })}
              placeholder="https://"
            />
            <SelectField
              label="Pulled every"
              value={String(draft.everySeconds) as "300"}
              options={
                EVERY.some((e) => e.value === String(draft.everySeconds))
                  ? EVERY
                  : [
                      ...EVERY,
                      {
                        value: String(draft.everySeconds) as "300",
                        label: `${draft.everySeconds} seconds`,
                      },
                    ]
              }
              onChange={(every) => set({ everySeconds: Number(every) })}
            />
          </>
        ) : (
          <Field
            label="File"
            help="JSON: one object whose keys are looked up. CSV: with a header line."
          >
            {(props) => (
              <input
                {...props}
                type="file"
                accept=".json,.csv,application/json,text/csv"
                onChange={(event) => {
                  const chosen = event.target.files?.[0];
                  setFile(chosen);
                  save.reset();
                  set({ format: chosen ? formatOf(chosen.name) : draft.format });
                }}
              />
            )}
          </Field>
        )}
        <SelectField
          label="Format"
          value={draft.format}
          options={[
            { value: "json", label: "JSON" },
            { value: "csv", label: "CSV" },
          ]}
          onChange={(format) => set({ format })}
        />
        {draft.format === "csv" && (
          <TextField
            label="Key column"
            help="The column whose values are looked up."
            required
            value={draft.keyColumn}
            onChange={(keyColumn) => set({ keyColumn })}
          />
        )}
        {problem && (
          <p className="error" role="alert">
            {problem}
          </p>
        )}
        {save.error && <ProblemNote error={save.error} />}
        <div className="actions">
          <span className="muted grow">{file && !draft.pull && formatBytes(file.size)}</span>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={save.isPending}>
            {document ? "Add the version" : "Add"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
