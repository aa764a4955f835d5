import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiProblem } from "../api/problem";
import { sentence } from "../text/format";
import { Button } from "./Button";

/** Nothing here, and what to do about it. */
export function Blank({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="blank">
      <b>{title}</b>
      {children && <span>{children}</span>}
    </div>
  );
}

const WIDTHS = ["62%", "84%", "47%", "73%", "55%", "90%"];

export function Skeleton({ lines = 4 }: { lines?: number }) {
  return (
    <div className="stack" role="status" aria-label="Loading" style={{ padding: 16 }}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
        <span key={line} className="bone" style={{ width: WIDTHS[line % WIDTHS.length] }} />
      ))}
    </div>
  );
}

/** What the server refused, in its words. */
export function ProblemNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = error instanceof ApiProblem ? error : undefined;
  const detail = error instanceof Error ? error.message : "";
  // The detail often is the only field's complaint over again.
  const fields = problem?.fields.filter((field) => field.detail !== detail) ?? [];
  return (
    <div className="note" data-tone="deny" role="alert">
      <b className="break">{sentence(detail || (problem?.title ?? "That did not work."))}</b>
      {fields.length > 0 && (
        <ul>
          {fields.map((field) => (
            <li key={`${field.pointer} ${field.detail}`}>
              <code>{field.pointer || "/"}</code> {field.detail}
            </li>
          ))}
        </ul>
      )}
      {problem && <div className="faint mono">{problem.code}</div>}
      {onRetry && (
        <div style={{ paddingTop: 8 }}>
          <Button small onClick={onRetry}>
            Try again
          </Button>
        </div>
      )}
    </div>
  );
}

interface QueryViewProps<T> {
  query: UseQueryResult<T, Error>;
  lines?: number;
  children: (data: T) => ReactNode;
}

/** A query's data, or its skeleton, or what went wrong with a way to try again. Data that is there
 * stays on the screen when a later refresh fails. */
export function QueryView<T>({ query, lines, children }: QueryViewProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) {
    return (
      <div style={{ padding: 16 }}>
        <ProblemNote error={query.error} onRetry={() => query.refetch()} />
      </div>
    );
  }
  return <Skeleton lines={lines} />;
}
