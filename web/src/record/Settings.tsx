import type { Json } from "../schema-form/node";
import { Revealed } from "../ui/Revealed";

/** Settings that a policy was judged with, one a line. */
export function Settings({ settings }: { settings: unknown }) {
  const entries = Object.entries((settings ?? {}) as Record<string, Json>);
  if (entries.length === 0) return <p className="faint">No settings are recorded.</p>;
  return (
    <dl className="settings-list">
      {entries.map(([key, value]) => (
        <div key={key}>
          <dt className="mono">{key}</dt>
          <dd className="mono break">
            <Revealed text={typeof value === "string" ? value : JSON.stringify(value)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
