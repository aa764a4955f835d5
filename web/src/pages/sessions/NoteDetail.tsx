import { Link } from "@tanstack/react-router";
import type { Session } from "../../api/types";
import { GrantMark } from "../../record/GrantMark";
import { formatMoment } from "../../text/format";
import { LabelList } from "../../ui/LabelList";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { ReviewPill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import type { NoteEntry } from "./replay";

const TITLE: Record<NoteEntry["note"], string> = {
  opened: "Session opened",
  closed: "Session closed",
  violation: "Protocol violation",
  review: "Review",
  tool: "Tool of an MCP server",
};

function Opening({ session }: { session: Session }) {
  const { principal } = session;
  return (
    <>
      <Fact name="Principal">
        <Revealed text={principal.name} />
      </Fact>
      <Fact name="Acts for">
        {principal.on_behalf_of && <Revealed text={principal.on_behalf_of} />}
      </Fact>
      <Fact name="Target">
        <Revealed text={session.target} />
      </Fact>
      <Fact name="Labels">
        <LabelList labels={session.labels} />
      </Fact>
      <Fact name="Protocol">
        {session.protocol}, {session.tls ? "TLS" : "not encrypted"}
      </Fact>
      <Fact name="Client">
        <Revealed text={session.client} />
      </Fact>
      <Fact name="Edge">
        <Revealed text={session.edge} />
      </Fact>
      <Fact name="Credential">
        <span className="mono">{session.credential_id}</span>
      </Fact>
    </>
  );
}

/** What is recorded beside the actions; for the opening, who and how. */
export function NoteDetail({ note, session }: { note: NoteEntry; session: Session }) {
  return (
    <Panel title={TITLE[note.note]} aside={note.state && <ReviewPill state={note.state} />}>
      <Facts>
        <Fact name="At">{formatMoment(new Date(note.at))}</Fact>
        <Fact name="By">{note.by && <Revealed text={note.by} />}</Fact>
        <Fact name={note.note === "closed" ? "Reason" : "Text"}>
          {note.text && <Revealed text={note.text} />}
        </Fact>
        <Fact name="Pinned">{note.note === "tool" && <Link to="/tools">All tools</Link>}</Fact>
        <Fact name="Grant">{note.grant && <GrantMark grant={note.grant} />}</Fact>
        {note.note === "opened" && <Opening session={session} />}
      </Facts>
    </Panel>
  );
}
