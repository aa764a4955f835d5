import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { review as reviewQuery } from "../../api/queries";
import type { Id, Review } from "../../api/types";
import { Effects, RequestEffects } from "../../record/Effects";
import { useHotkeys } from "../../shell/hotkeys";
import { describeActor, headline } from "../../text/describe";
import { titleOf } from "../../text/operation";
import { CountdownRing } from "../../ui/CountdownRing";
import { LabelList } from "../../ui/LabelList";
import { ReviewPill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { QueryView } from "../../ui/States";
import { DecisionBar } from "./DecisionBar";
import { DecisionPanel } from "./DecisionPanel";
import { Statement } from "./Statement";
import { useDecide } from "./useDecide";
import { Where, Who } from "./WhoWhere";
import { Why } from "./Why";

/** What is not SQL may be answered before it is decided: then it is picked up by asking again. */
const WAITS = "Held before it ran. It waits until you decide.";

const IN_WORDS: Record<Review["state"], string> = {
  pending: "Held before it ran. The connection stays open until you decide.",
  approved: "Approved. The edge has not run it yet.",
  used: "Approved. It ran, once.",
  denied: "Denied. It did not run.",
  expired: "Nobody decided in time. It did not run.",
  withdrawn: "The client went away. It did not run.",
};

function Head({ review }: { review: Review }) {
  return (
    <div className="row review-head">
      {review.state === "pending" && (
        <CountdownRing from={review.requested_at} until={review.expires_at} />
      )}
      <div className="grow">
        <h2>
          <Revealed
            text={review.request ? titleOf(review.request) : headline(review.facts)}
            mode="code"
          />
        </h2>
        <p className="muted" role="status">
          {review.request && review.state === "pending" ? WAITS : IN_WORDS[review.state]}
        </p>
      </div>
      <ReviewPill state={review.state} />
    </div>
  );
}

/** Who and where in one line, for screens on which the panels of that name are further down. */
function Summary({ review }: { review: Review }) {
  return (
    <p className="review-summary">
      <b>
        <Revealed text={describeActor(review.principal)} />
      </b>
      <span className="faint">on</span>
      <b>
        <Revealed text={review.target} />
      </b>
      <LabelList labels={review.labels} none="" />
    </p>
  );
}

function Detail({ review }: { review: Review }) {
  const [comment, setComment] = useState("");
  const decide = useDecide(review, comment);
  useHotkeys({
    a: () => decide.byKey("approve"),
    d: () => decide.byKey("deny"),
    c: () => document.getElementById("review-comment")?.focus(),
  });
  return (
    <>
      <div className="review-mid">
        <Link to="/reviews" search={(s) => s} className="review-back">
          ← All reviews
        </Link>
        <Head review={review} />
        <Summary review={review} />
        <Statement review={review} />
        {review.request ? (
          <RequestEffects
            kind={review.class}
            findings={review.findings}
            obligations={review.decision.obligations}
          />
        ) : (
          <Effects facts={review.facts} obligations={review.decision.obligations} />
        )}
      </div>
      <div className="review-side">
        <Who review={review} />
        <Where review={review} />
        <Why decision={review.decision} />
        <DecisionPanel review={review} />
      </div>
      <DecisionBar review={review} comment={comment} onComment={setComment} decide={decide} />
    </>
  );
}

export function ReviewDetail({ id }: { id: Id }) {
  const query = useQuery(reviewQuery(id));
  return (
    <section className="review" aria-label="Review">
      <QueryView query={query} lines={9}>
        {(review) => <Detail review={review} />}
      </QueryView>
    </section>
  );
}
