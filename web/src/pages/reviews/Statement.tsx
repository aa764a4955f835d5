import type { Review } from "../../api/types";
import { Parameters } from "../../record/Parameters";
import { RequestView } from "../../record/Request";
import { plural, shortDigest } from "../../text/format";
import { wordOf } from "../../text/operation";
import { Panel } from "../../ui/Panel";
import { Scroll } from "../../ui/Scroll";
import { SqlBlock } from "../../ui/Sql";

function Sql({ review }: { review: Review }) {
  const { parameters } = review;
  return (
    <>
      <Scroll className="statement">
        <SqlBlock text={review.text} />
      </Scroll>
      {parameters.length > 0 && <Parameters parameters={parameters} />}
    </>
  );
}

function aside({ parameters, facts, kind, request }: Review): string {
  if (request) return wordOf(kind);
  const values = parameters.length === 0 ? "no parameters" : plural(parameters.length, "parameter");
  return `${plural(facts.statements.length, "statement")} · ${values}`;
}

/** Exactly what will run: what the digest covers. */
export function Statement({ review }: { review: Review }) {
  const settled = review.state !== "pending" && review.state !== "approved";
  const title = settled ? "Exactly what was held" : "Exactly what will run";
  return (
    <Panel
      title={title}
      aside={
        <>
          <span title={review.digest}>sha256 {shortDigest(review.digest)}</span> · {aside(review)}
        </>
      }
      flush
    >
      {review.request ? (
        <Scroll className="statement">
          <RequestView request={review.request} />
        </Scroll>
      ) : (
        <Sql review={review} />
      )}
    </Panel>
  );
}
