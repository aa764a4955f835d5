import { OPERATIONS } from "../../text/access";
import { KINDS } from "../../text/operation";
import { ChipsField } from "../../ui/Chips";
import { ChoicesField } from "../../ui/Choices";
import { Field, SelectField, TextField } from "../../ui/Field";
import { Panel } from "../../ui/Panel";
import type { Draft, DraftProblem } from "./state";

interface Props {
  draft: Draft;
  problem: DraftProblem | undefined;
  onChange: (change: Partial<Draft>) => void;
}

function CodeField({
  label,
  help,
  error,
  rows,
  value,
  onChange,
}: {
  label: string;
  help?: string;
  error?: string;
  rows: number;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <Field label={label} help={help} error={error}>
      {(props) => (
        <textarea
          {...props}
          className="input code"
          rows={rows}
          spellCheck={false}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].map((value) => ({
  value,
  label: value,
}));

function HttpFields({ draft, problem, onChange }: Props) {
  const set = (change: Partial<Draft["http"]>) => onChange({ http: { ...draft.http, ...change } });
  const { http } = draft;
  return (
    <div className="form">
      <div className="request-line">
        <SelectField
          label="Method"
          value={http.method}
          options={METHODS}
          onChange={(method) => set({ method })}
        />
        <TextField label="Host" value={http.host} onChange={(host) => set({ host })} />
        <TextField
          label="Path"
          error={problem?.field === "path" ? problem.message : undefined}
          value={http.path}
          onChange={(path) => set({ path })}
        />
      </div>
      <CodeField
        label="Headers"
        help="One `name: value` a line."
        error={problem?.field === "headers" ? problem.message : undefined}
        rows={2}
        value={http.headers}
        onChange={(headers) => set({ headers })}
      />
      <CodeField label="Body" rows={4} value={http.body} onChange={(body) => set({ body })} />
    </div>
  );
}

function ToolFields({ draft, problem, onChange }: Props) {
  const set = (change: Partial<Draft["tool"]>) => onChange({ tool: { ...draft.tool, ...change } });
  const { tool } = draft;
  return (
    <div className="form">
      <div className="two">
        <TextField label="Server" value={tool.server} onChange={(server) => set({ server })} />
        <TextField label="Tool" value={tool.tool} onChange={(name) => set({ tool: name })} />
      </div>
      <CodeField
        label="Arguments"
        help="JSON."
        error={problem?.field === "arguments" ? problem.message : undefined}
        rows={5}
        value={tool.arguments}
        onChange={(given) => set({ arguments: given })}
      />
      <label className="check">
        <input
          type="checkbox"
          checked={tool.definition_changed}
          onChange={(event) => set({ definition_changed: event.target.checked })}
        />
        <span>The tool's definition differs from the pinned one</span>
      </label>
    </div>
  );
}

const PROVIDERS = ["openai", "anthropic"].map((value) => ({ value, label: value }));
const APIS = ["chat", "responses", "messages", "embeddings", "models", "count_tokens", "other"].map(
  (value) => ({ value, label: value.replaceAll("_", " ") }),
);

function LlmFields({ draft, problem, onChange }: Props) {
  const set = (change: Partial<Draft["llm"]>) => onChange({ llm: { ...draft.llm, ...change } });
  const { llm } = draft;
  return (
    <div className="form">
      <div className="two">
        <SelectField
          label="Provider"
          value={llm.provider}
          options={PROVIDERS}
          onChange={(provider) => set({ provider })}
        />
        <SelectField label="API" value={llm.api} options={APIS} onChange={(api) => set({ api })} />
      </div>
      <TextField label="Model" value={llm.model} onChange={(model) => set({ model })} />
      <CodeField
        label="Messages"
        help="Each begins with its role: system, user, assistant, tool."
        error={problem?.field === "messages" ? problem.message : undefined}
        rows={6}
        value={llm.messages}
        onChange={(messages) => set({ messages })}
      />
      <ChipsField
        label="Tools it may call"
        placeholder="none"
        values={llm.tools}
        onChange={(tools) => set({ tools })}
      />
      <label className="check">
        <input
          type="checkbox"
          checked={llm.stream}
          onChange={(event) => set({ stream: event.target.checked })}
        />
        <span>The answer is to come as a stream</span>
      </label>
    </div>
  );
}

function McpFields({ draft, problem, onChange }: Props) {
  const set = (change: Partial<Draft["mcp"]>) => onChange({ mcp: { ...draft.mcp, ...change } });
  const { mcp } = draft;
  return (
    <div className="form">
      <div className="two">
        <TextField label="Server" value={mcp.server} onChange={(server) => set({ server })} />
        <TextField label="Method" value={mcp.method} onChange={(method) => set({ method })} />
      </div>
      <TextField
        label="Resource or prompt"
        help="Its URI or name, where the method is about one."
        value={mcp.name}
        onChange={(name) => set({ name })}
      />
      <CodeField
        label="Parameters"
        help="JSON."
        error={problem?.field === "params" ? problem.message : undefined}
        rows={4}
        value={mcp.params}
        onChange={(params) => set({ params })}
      />
    </div>
  );
}

function AccessFields({ draft, problem, onChange }: Props) {
  const set = (change: Partial<Draft["access"]>) =>
    onChange({ access: { ...draft.access, ...change } });
  const { access } = draft;
  return (
    <div className="form">
      <div className="two">
        <TextField label="Task" value={access.task} onChange={(task) => set({ task })} />
        <TextField
          label="Minutes"
          type="number"
          min={1}
          error={problem?.field === "minutes" ? problem.message : undefined}
          value={access.minutes}
          onChange={(minutes) => set({ minutes })}
        />
      </div>
      <ChoicesField
        label="Operations"
        options={OPERATIONS}
        values={access.operations}
        onChange={(operations) => set({ operations })}
      />
    </div>
  );
}

/** What is to be judged, as a person writes it down. */
export function OperationEditor(props: Props) {
  const { draft, onChange } = props;
  return (
    <Panel
      title="Action"
      aside={
        <span className="tabs" role="group" aria-label="Kind of action">
          {KINDS.map(({ kind, label }) => (
            <button
              key={kind}
              type="button"
              aria-pressed={draft.kind === kind}
              onClick={() => onChange({ kind })}
            >
              {label}
            </button>
          ))}
        </span>
      }
    >
      {draft.kind === "sql" && (
        <CodeField
          label="SQL text"
          rows={6}
          value={draft.sql}
          onChange={(sql) => onChange({ sql })}
        />
      )}
      {draft.kind === "shell" && (
        <CodeField
          label="Command line"
          rows={4}
          value={draft.shell}
          onChange={(shell) => onChange({ shell })}
        />
      )}
      {draft.kind === "http" && <HttpFields {...props} />}
      {draft.kind === "llm" && <LlmFields {...props} />}
      {draft.kind === "mcp" && <McpFields {...props} />}
      {draft.kind === "access" && <AccessFields {...props} />}
      {draft.kind === "tool_call" && <ToolFields {...props} />}
    </Panel>
  );
}
