import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { sessionEvents, session as sessionQuery } from "../../api/queries";
import type { ChainedEvent, Session, UsageTotal } from "../../api/types";
import { GrantMark } from "../../record/GrantMark";
import { LockButton, type LockChoice, LockPill } from "../../record/Locking";
import { useLocked } from "../../record/locks";
import { useHotkeys } from "../../shell/hotkeys";
import { describeActor } from "../../text/describe";
import { plural, shortId } from "../../text/format";
import { useNow } from "../../ui/now";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { Scroll } from "../../ui/Scroll";
import { Blank, QueryView } from "../../ui/States";
import { TopBar } from "../../ui/TopBar";
import { totalOf } from "../usage/totals";
import { ActionDetail } from "./ActionDetail";
import { usageWords } from "./Answer";
import { Controls } from "./Controls";
import { EventList } from "./EventList";
import { NoteDetail } from "./NoteDetail";
import { buildReplay, type Replay, summarize } from "./replay";
import { Timeline } from "./Timeline";
import { usePlayback } from "./usePlayback";
import "./sessions.css";

/** An open session's lane grows with time; a closed one's stands still. */
function LiveTimeline(props: Omit<React.ComponentProps<typeof Timeline>, "endAt">) {
  return <Timeline {...props} endAt={Math.max(useNow(), props.replay.endAt)} />;
}

function Player({ session, replay, first }: { session: Session; replay: Replay; first: number }) {
  const playback = usePlayback(replay, first);
  const entry = replay.entries[playback.index];
  useHotkeys({
    j: () => playback.step(1),
    k: () => playback.step(-1),
    "]": () => playback.step(1),
    "[": () => playback.step(-1),
    " ": playback.toggle,
  });
  return (
    <>
      <div className="timeline">
        {replay.open ? (
          <LiveTimeline replay={replay} playback={playback} />
        ) : (
          <Timeline replay={replay} playback={playback} endAt={replay.endAt} />
        )}
        <Controls playback={playback} summary={summarize(replay.actions, Date.now())} />
      </div>
      <div className="replay">
        <EventList entries={replay.entries} selected={playback.index} onSelect={playback.select} />
        <Scroll className="detail" label="Details">
          {entry?.kind === "action" && (
            <ActionDetail
              key={entry.key}
              action={entry}
              actions={replay.actions}
              onOpen={(action) => playback.select(replay.entries.indexOf(action))}
            />
          )}
          {entry?.kind === "note" && <NoteDetail note={entry} session={session} />}
        </Scroll>
      </div>
    </>
  );
}

/** What models counted in all of it. */
function Tokens({ usage }: { usage: UsageTotal[] }) {
  if (usage.length === 0) return null;
  const { input, output, cached } = totalOf(usage);
  const names = usage.map((each) => each.label || "unnamed model").join(", ");
  return <span title={names}> · {usageWords({ input, output, cached })}</span>;
}

/** The session, or who is in it. */
function locksOf({ id, principal }: Session): LockChoice[] {
  return [
    {
      subject: { kind: "session", id },
      label: "this session",
      text: "It ends within a second, and what it holds is withdrawn.",
    },
    {
      subject: { kind: "principal", id: principal.id },
      label: `${principal.name}, everywhere`,
      text: "All of its sessions end within a second, and it gets no new one.",
    },
  ];
}

function Loaded({
  session,
  events,
  cut,
}: {
  session: Session;
  events: ChainedEvent[];
  cut: boolean;
}) {
  const { action } = useSearch({ from: "/shell/sessions/$sessionId" });
  const open = session.closed_at == null;
  const lock = useLocked().of("session", session.id);
  const replay = useMemo(() => buildReplay(events, open), [events, open]);
  const wanted = replay.entries.findIndex(
    (e) => e.kind === "action" && (!action || e.id === action),
  );
  return (
    <>
      <TopBar
        title={`Session ${shortId("S", session.id)}`}
        sub={
          <>
            <Revealed text={`${describeActor(session.principal)} → ${session.target}`} /> ·{" "}
            {plural(session.counts.actions, "action")}
            <Tokens usage={session.usage} />
          </>
        }
      >
        {cut && <Pill tone="review">the first {plural(events.length, "event")}</Pill>}
        {session.grant && <GrantMark grant={session.grant} brief />}
        <LockPill lock={lock} />
        {open && (
          <LockButton
            lock={lock}
            title={`Lock ${shortId("S", session.id)}?`}
            choices={locksOf(session)}
          />
        )}
        {open ? <Pill tone="accent">open, live</Pill> : <Pill tone="shadow">closed</Pill>}
        <Link to="/sessions" className="btn">
          All sessions
        </Link>
      </TopBar>
      {replay.entries.length > 0 ? (
        <Player session={session} replay={replay} first={Math.max(0, wanted)} />
      ) : (
        <Blank title="Nothing is recorded yet.">
          Events come up here when the edge has sent them.
        </Blank>
      )}
    </>
  );
}

export function ReplayPage() {
  const { sessionId } = useParams({ from: "/shell/sessions/$sessionId" });
  const queries = useQueryClient();
  const session = useQuery(sessionQuery(sessionId));
  const events = useQuery(sessionEvents(queries, sessionId));
  return (
    <QueryView query={session} lines={8}>
      {(loaded) => (
        <QueryView query={events} lines={8}>
          {(log) => <Loaded key={loaded.id} session={loaded} events={log.events} cut={log.cut} />}
        </QueryView>
      )}
    </QueryView>
  );
}
