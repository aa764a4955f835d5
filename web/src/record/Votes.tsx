import { Moment } from "../ui/Moment";
import { Pill } from "../ui/Pill";
import { Revealed } from "../ui/Revealed";

export interface Vote {
  /** Tells it from the others. */
  id: string;
  /** Whose, for people. */
  by: string;
  decision: "approve" | "deny";
  comment: string;
  at: string;
}

/** Who decided how, on a held action or a request for access. */
export function Votes({ votes }: { votes: Vote[] }) {
  if (votes.length === 0) return null;
  return (
    <ul className="votes">
      {votes.map((vote) => (
        <li key={vote.id}>
          <Pill tone={vote.decision === "approve" ? "allow" : "deny"}>
            {vote.decision === "approve" ? "approved" : "denied"}
          </Pill>{" "}
          by <b>{vote.by}</b>{" "}
          <span className="faint">
            <Moment at={vote.at} />
          </span>
          {vote.comment && (
            <div className="muted break">
              “<Revealed text={vote.comment} />”
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}
