import { Link } from "@tanstack/react-router";
import type { PolicyChange } from "../../api/types";
import { Button } from "../../ui/Button";
import { Revealed } from "../../ui/Revealed";

interface Props {
  change: PolicyChange;
  /** Asks whether what was in force before shall come back. */
  onUndo?: () => void;
  onClose: () => void;
}

/** What became of what somebody just did: it is on the edges, or it waits for another person. */
export function Outcome({ change, onUndo, onClose }: Props) {
  const pending = change.state === "pending";
  return (
    <div className="page" style={{ paddingBottom: 0 }}>
      <div className="note row wrap" data-tone={pending ? "review" : "allow"} role="status">
        <span className="break">
          <b>
            {pending
              ? "Waits for another admin."
              : `Done${change.revision == null ? "" : `, set ${change.revision}`}.`}
          </b>{" "}
          <Revealed text={change.summary} />
        </span>
        <span className="grow" />
        {!pending && onUndo && (
          <Button small onClick={onUndo}>
            Undo…
          </Button>
        )}
        <Link to="/changes" search={{ change: change.id }} className="btn small">
          See the change
        </Link>
        <Button small onClick={onClose}>
          Close
        </Button>
      </div>
    </div>
  );
}
