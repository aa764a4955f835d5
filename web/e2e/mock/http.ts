/** What the mock's parts have in common: a call, its handler, and a refusal. */

export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly errors: { pointer: string; detail: string; line?: number; column?: number }[] = [],
  ) {
    super(detail);
  }
}

export interface Call {
  query: URLSearchParams;
  body: unknown;
  raw: Buffer;
}

export type Handler = (call: Call, ...params: string[]) => unknown;
export type Route = [method: string, path: RegExp, handler: Handler];
