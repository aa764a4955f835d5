import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { client, ok } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import { policyVersion } from "../../api/queries";
import type { CreateSource, Policy } from "../../api/types";
import { Button } from "../../ui/Button";
import { ChipsField } from "../../ui/Chips";
import { Dialog } from "../../ui/Dialog";
import { Field, SelectField, TextField } from "../../ui/Field";
import { ProblemNote, Skeleton } from "../../ui/States";
import { offsetOf, type SourceDraft, sourceDraft, sourceOf } from "./source";

const LANGUAGES = [
  { value: "rego", label: "Rego" },
  { value: "cedar", label: "Cedar" },
] as const;

function Form({ policy, text, onClose }: { policy?: Policy; text: string; onClose: () => void }) {
  const [draft, setDraft] = useState<SourceDraft>(() => sourceDraft(policy, text));
  const [problem, setProblem] = useState<string>();
  const editor = useRef<HTMLTextAreaElement>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const push = useMutation({
    mutationFn: (body: CreateSource) => ok(client.POST("/api/v1/policy_sources", { body })),
    onSuccess: async (version) => {
      await queries.invalidateQueries({ queryKey: ["policy"] });
      onClose();
      await navigate({ to: "/policies/$policyId", params: { policyId: version.policy_id } });
    },
  });
  const set = (change: Partial<SourceDraft>) => {
    setProblem(undefined);
    setDraft((before) => ({ ...before, ...change }));
  };
  const faults = (push.error instanceof ApiProblem ? push.error.fields : []).filter(
    (field) => field.pointer === "/text",
  );
  const goTo = (line: number, column: number) => {
    const at = offsetOf(draft.text, line, column);
    editor.current?.focus();
    editor.current?.setSelectionRange(at, at);
  };
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        const made = sourceOf(draft);
        if ("problem" in made) setProblem(made.problem);
        else push.mutate(made.body);
      }}
    >
      <div className="guard">
        {!policy && (
          <TextField
            label="Name"
            required
            maxLength={63}
            value={draft.name}
            onChange={(name) => set({ name })}
          />
        )}
        <SelectField
          label="Language"
          value={draft.language}
          options={LANGUAGES}
          onChange={(language) => set({ language })}
        />
        <TextField
          label="Version"
          required
          value={draft.version}
          onChange={(version) => set({ version })}
        />
        <ChipsField
          label="Handles"
          placeholder="sql, http, llm, tool_call, mcp, shell, access"
          values={draft.operations}
          onChange={(operations) => set({ operations })}
        />
      </div>
      <TextField
        label="What it does, in a sentence"
        required
        value={draft.description}
        onChange={(description) => set({ description })}
      />
      <Field label="Text" error={faults.length > 0 ? "It has faults, listed below." : undefined}>
        {(props) => (
          <textarea
            {...props}
            ref={editor}
            className="input code"
            rows={11}
            required
            spellCheck={false}
            value={draft.text}
            onChange={(event) => set({ text: event.target.value })}
          />
        )}
      </Field>
      {faults.length > 0 && (
        <ul className="faults">
          {faults.map((fault) => (
            <li key={fault.detail} className="break">
              {fault.line !== undefined && (
                <Button
                  tone="link"
                  onClick={() => goTo(fault.line ?? 1, fault.column ?? 1)}
                >{`line ${fault.line}, column ${fault.column ?? 1}`}</Button>
              )}{" "}
              {fault.detail}
            </li>
          ))}
        </ul>
      )}
      <details className="selector">
        <summary>Settings</summary>
        <Field label="JSON Schema of its settings">
          {(props) => (
            <textarea
              {...props}
              className="input code"
              rows={8}
              spellCheck={false}
              value={draft.schema}
              onChange={(event) => set({ schema: event.target.value })}
            />
          )}
        </Field>
      </details>
      <TextField
        label="What changed"
        maxLength={2000}
        value={draft.changelog}
        onChange={(changelog) => set({ changelog })}
      />
      {problem && (
        <p className="error" role="alert">
          {problem}
        </p>
      )}
      {push.error && faults.length === 0 && <ProblemNote error={push.error} />}
      <div className="actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" tone="primary" busy={push.isPending}>
          Upload
        </Button>
      </div>
    </form>
  );
}

/** Writes a policy in Rego or Cedar, or its next version; the server says where it is wrong. */
export function SourceDialog({ policy, onClose }: { policy?: Policy; onClose: () => void }) {
  const newest = policy?.versions[0]?.id;
  const version = useQuery({ ...policyVersion(newest ?? ""), enabled: newest !== undefined });
  return (
    <Dialog
      title={policy ? `A new version of ${policy.name}` : "Write a policy"}
      wide
      onClose={onClose}
    >
      {newest && version.isPending ? (
        <Skeleton lines={6} />
      ) : (
        <Form policy={policy} text={version.data?.text ?? ""} onClose={onClose} />
      )}
    </Dialog>
  );
}
