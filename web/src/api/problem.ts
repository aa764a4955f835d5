/** Refusals as the server words them (RFC 9457), and everything else that goes wrong on the way. */

export interface FieldProblem {
  /** JSON pointer into the body. */
  pointer: string;
  detail: string;
  /** Where in a text, counted from 1. */
  line?: number;
  column?: number;
}

export class ApiProblem extends Error {
  override readonly name = "ApiProblem";

  constructor(
    readonly status: number,
    /** Stable, for decisions in code. `offline` when no answer came. */
    readonly code: string,
    readonly title: string,
    detail: string,
    readonly fields: FieldProblem[] = [],
  ) {
    super(detail);
  }

  /** The first complaint about a value or something in it, by JSON pointer. */
  fieldError(pointer: string): string | undefined {
    const about = (field: FieldProblem) =>
      field.pointer === pointer || field.pointer.startsWith(`${pointer}/`);
    return this.fields.find(about)?.detail;
  }
}

/** The reader is locked, so that the server answers them nothing. */
export const isLocked = (problem: unknown) =>
  problem instanceof ApiProblem && problem.status === 403 && problem.code === "locked";

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** Reads a refusal's body; anything that is not a problem document still becomes one. */
export function problemOf(status: number, body: unknown): ApiProblem {
  const problem = isRecord(body) ? body : {};
  const text = (key: string) =>
    typeof problem[key] === "string" ? (problem[key] as string) : undefined;
  const errors = Array.isArray(problem.errors) ? problem.errors : [];
  return new ApiProblem(
    status,
    text("code") ?? `http_${status}`,
    text("title") ?? `The server answered ${status}.`,
    text("detail") ?? "",
    errors.filter(
      (e): e is FieldProblem =>
        isRecord(e) && typeof e.pointer === "string" && typeof e.detail === "string",
    ),
  );
}

export function offline(cause: unknown): ApiProblem {
  const reason = cause instanceof Error ? ` (${cause.message})` : "";
  return new ApiProblem(0, "offline", "Offline", `The control plane does not answer${reason}.`);
}
