import type { Session } from "../../api/types";
import { formatMoment } from "../../text/format";
import { LabelList } from "../../ui/LabelList";
import { Facts, Panel } from "../../ui/Panel";
import { ReviewPill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import type { NoteEntry } from "./replay";

const TITLE: Record<NoteEntry["note"], string> = {
  opened: "Session opened",
  closed: "Session closed",
  violation: "Protocol violation",
  review: "Review",
};

/** What is recorded beside the actions; for the opening, who and how. */
export function NoteDetail({ note, session }: { note: NoteEntry; session: Session }) {
  const { principal } = session;
  return (
    <Panel title={TITLE[note.note]} aside={note.state && <ReviewPill state={note.state} />}>
      <Facts
        rows={[
          ["At", formatMoment(new Date(note.at))],
          ["By", note.by && <Revealed text={note.by} />],
          [note.note === "closed" ? "Reason" : "Text", <Revealed key="text" text={note.text} />],
          ...(note.note === "opened"
            ? ([
                ["Principal", <Revealed key="principal" text={principal.name} />],
                ["Acts for", principal.on_behalf_of && <Revealed text={principal.on_behalf_of} />],
                ["Target", <Revealed key="target" text={session.target} />],
                ["Labels", <LabelList key="labels" labels={session.labels} />],
                ["Protocol", `${session.protocol}, ${session.tls ? "TLS" : "not encrypted"}`],
                ["Client", <Revealed key="client" text={session.client} />],
                ["Edge", <Revealed key="edge" text={session.edge} />],
                [
                  "Credential",
                  <span key="credential" className="mono">
                    {session.credential_id}
                  </span>,
                ],
              ] satisfies [string, React.ReactNode][])
            : []),
        ]}
      />
    </Panel>
  );
}
