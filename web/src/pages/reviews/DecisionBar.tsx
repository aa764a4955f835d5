import type { Review } from "../../api/types";
import { Button } from "../../ui/Button";
import { ProblemNote } from "../../ui/States";
import { whyNot } from "./DecisionPanel";
import type { Decide } from "./useDecide";

interface ControlsProps {
  /** Why the reader may not decide; they may where it is absent. */
  refusal: string | undefined;
  comment: string;
  onComment: (comment: string) => void;
  decide: Decide;
}

/** Comment, deny, approve. */
export function DecisionControls({ refusal, comment, onComment, decide }: ControlsProps) {
  return (
    <div className="decision-bar">
      {decide.error && <ProblemNote error={decide.error} />}
      {refusal ? (
        <p className="muted">{refusal}</p>
      ) : (
        <div className="decision-controls">
          <input
            id="review-comment"
            className="input"
            aria-label="Comment for the record"
            placeholder="Comment for the record…"
            maxLength={2000}
            autoComplete="off"
            value={comment}
            onChange={(event) => onComment(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape") event.currentTarget.blur();
            }}
          />
          <Button
            tone="no"
            disabled={!decide.open}
            busy={decide.deciding === "deny"}
            onClick={() => decide.by("deny")}
          >
            Deny{" "}
            <span aria-hidden="true">
              <kbd>D</kbd>
            </span>
          </Button>
          <Button
            tone="go"
            disabled={!decide.open}
            busy={decide.deciding === "approve"}
            onClick={() => decide.by("approve")}
          >
            Approve{" "}
            <span aria-hidden="true">
              <kbd>A</kbd>
            </span>
          </Button>
        </div>
      )}
    </div>
  );
}

interface Props extends Omit<ControlsProps, "refusal"> {
  review: Review;
}

/** Gone once it is decided. */
export function DecisionBar({ review, ...controls }: Props) {
  if (review.state !== "pending") return null;
  return <DecisionControls refusal={whyNot(review)} {...controls} />;
}
