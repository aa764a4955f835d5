import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { locks as locksQuery } from "../../api/accessQueries";
import type { Lock, LockSubject } from "../../api/types";
import { LiftButton } from "../../record/Locking";
import { useCan } from "../../shell/can";
import { useRowKeys } from "../../shell/useRowKeys";
import { lockKind } from "../../text/access";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { Blank, QueryView } from "../../ui/States";
import { SearchBox, TopBar } from "../../ui/TopBar";

/** What is locked, with the way to it where it has a page. */
function Subject({ subject, name }: { subject: LockSubject; name: string }) {
  const text = <Revealed text={name} />;
  switch (subject.kind) {
    case "principal":
      return (
        <Link to="/principals/$principalId" params={{ principalId: subject.id }} data-row>
          {text}
        </Link>
      );
    case "session":
      return (
        <Link to="/sessions/$sessionId" params={{ sessionId: subject.id }} data-row>
          {text}
        </Link>
      );
    case "target":
      return (
        <Link to="/targets" data-row>
          {text}
        </Link>
      );
    case "edge":
      return (
        <Link to="/edges" search={{ edge: subject.id }} data-row>
          {text}
        </Link>
      );
    case "human":
      return <b>{text}</b>;
  }
}

function Row({ lock }: { lock: Lock }) {
  const { admin } = useCan();
  return (
    <tr>
      <td>
        <div className="break">
          <Subject subject={lock.subject} name={lock.name} />
        </div>
        <div className="faint">{lockKind(lock.subject)}</div>
      </td>
      <td className="break">
        <Revealed text={lock.reason} />
      </td>
      <td>
        <div className="break">
          <Revealed text={lock.created_by} />
        </div>
        <div className="faint">
          <Moment at={lock.created_at} />
        </div>
      </td>
      <td className="nowrap">
        {lock.expires_at ? <Moment at={lock.expires_at} /> : <Pill tone="deny">until lifted</Pill>}
      </td>
      {admin && (
        <td className="num">
          <LiftButton lock={lock} />
        </td>
      )}
    </tr>
  );
}

/** Everything that an admin, or Countersign itself, has stopped. */
export function LocksPage() {
  const query = useQuery(locksQuery());
  const { admin } = useCan();
  const [search, setSearch] = useState("");
  useRowKeys();
  const wanted = search.trim().toLowerCase();
  const matches = (lock: Lock) =>
    [lock.name, lockKind(lock.subject), lock.reason, lock.created_by]
      .join("\n")
      .toLowerCase()
      .includes(wanted);
  return (
    <>
      <TopBar title="Locks" sub="What is stopped, on every edge">
        <SearchBox label="Search locks" value={search} onChange={setSearch} />
      </TopBar>
      <div className="scrolls">
        <div className="page">
          <Panel flush>
            <QueryView query={query} lines={4}>
              {(list) => {
                const shown = list.filter(matches);
                if (shown.length === 0) {
                  return (
                    <Blank title={list.length > 0 ? "No lock matches." : "Nothing is locked."}>
                      {list.length === 0 &&
                        "A principal, a session, a target or an edge is locked from its own page."}
                    </Blank>
                  );
                }
                return (
                  <table className="pick">
                    <thead>
                      <tr>
                        <th>Locked</th>
                        <th>Reason</th>
                        <th>By</th>
                        <th>Ends</th>
                        {admin && (
                          <th>
                            <span className="sr-only">Actions</span>
                          </th>
                        )}
                      </tr>
                    </thead>
                    <tbody>
                      {shown.map((lock) => (
                        <Row key={lock.id} lock={lock} />
                      ))}
                    </tbody>
                  </table>
                );
              }}
            </QueryView>
          </Panel>
          <p className="faint">
            Live connections end within a second, held actions are withdrawn, new ones are refused
            with the reason. Locks hold while the control plane is down.
          </p>
        </div>
      </div>
    </>
  );
}
