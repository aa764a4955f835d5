import type { Labels } from "../api/types";
import { Revealed } from "./Revealed";

/** Where a mistake is dearest. */
export const isHot = (key: string, value: string) =>
  key === "env" && /^(prod|production|live)$/i.test(value);

export function LabelList({
  labels,
  none = "none",
}: {
  labels: Labels | undefined;
  none?: string;
}) {
  const entries = Object.entries(labels ?? {});
  if (entries.length === 0) return <span className="faint">{none}</span>;
  return (
    <span className="labels">
      {entries.map(([key, value]) => (
        <span key={key} className="label" data-hot={isHot(key, value) || undefined}>
          <Revealed text={`${key}=${value}`} />
        </span>
      ))}
    </span>
  );
}

export function NameList({ names, none = "none" }: { names: string[] | undefined; none?: string }) {
  if (!names?.length) return <span className="faint">{none}</span>;
  return (
    <span className="labels">
      {names.map((name) => (
        <span key={name} className="label">
          <Revealed text={name} />
        </span>
      ))}
    </span>
  );
}
