import type { Review } from "../../api/types";
import { Parameters } from "../../record/Parameters";
import { plural, shortDigest } from "../../text/format";
import { Panel } from "../../ui/Panel";
import { Scroll } from "../../ui/Scroll";
import { SqlBlock } from "../../ui/Sql";

/** Exactly what will run: the stored text and values that the digest covers. */
export function Statement({ review }: { review: Review }) {
  const { parameters } = review;
  const aside = (
    <>
      <span title={review.digest}>sha256 {shortDigest(review.digest)}</span> ·{" "}
      {plural(review.facts.statements.length, "statement")} ·{" "}
      {parameters.length === 0 ? "no parameters" : plural(parameters.length, "parameter")}
    </>
  );
  const settled = review.state !== "pending" && review.state !== "approved";
  const title = settled ? "Exactly what was held" : "Exactly what will run";
  return (
    <Panel title={title} aside={aside} flush>
      <Scroll className="statement">
        <SqlBlock text={review.text} />
      </Scroll>
      {parameters.length > 0 && <Parameters parameters={parameters} />}
    </Panel>
  );
}
