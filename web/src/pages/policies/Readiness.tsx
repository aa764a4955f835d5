import type { EdgeReadiness } from "../../api/types";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";

type State = Pick<EdgeReadiness, "readiness" | "version" | "wanted_version" | "error">;

/** Whether an edge runs what it is meant to, and what it runs meanwhile. */
export function Readiness({ edge }: { edge: State }) {
  const wanted = edge.wanted_version;
  const meanwhile = wanted != null && edge.version > 0 && wanted !== edge.version;
  switch (edge.readiness) {
    case "ready":
      return <Pill tone="allow">ready</Pill>;
    case "preparing":
      return (
        <>
          <Pill tone="review">preparing{wanted != null && ` v${wanted}`}</Pill>{" "}
          {meanwhile && <span className="muted">v{edge.version} runs on meanwhile</span>}
        </>
      );
    case "failed":
      return (
        <>
          <Pill tone="deny">failed{wanted != null && ` v${wanted}`}</Pill>{" "}
          <span className="muted">
            {edge.error && <Revealed text={edge.error} />}
            {meanwhile && ` v${edge.version} runs on.`}
          </span>
        </>
      );
  }
}
