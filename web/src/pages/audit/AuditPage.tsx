import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { auditEvents } from "../../api/accessQueries";
import type { AuditEvent } from "../../api/types";
import { formatMoment } from "../../text/format";
import { Button } from "../../ui/Button";
import { LongText } from "../../ui/LongText";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { Scroll } from "../../ui/Scroll";
import { Blank, QueryView } from "../../ui/States";
import { TopBar } from "../../ui/TopBar";
import { KINDS, kindWord, toneOfKind } from "./kinds";
import "./audit.css";

function show(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.map(show).join(", ") : JSON.stringify(value);
}

/** The details of an event, by name. */
function Details({ event }: { event: AuditEvent }) {
  const entries = Object.entries(event.detail).filter(([, value]) => value != null);
  return (
    <dl className="audit-detail">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt className="faint">{name.replaceAll("_", " ")}</dt>
          <dd className="break">
            <LongText text={show(value)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Row({ event }: { event: AuditEvent }) {
  return (
    <tr>
      <td className="nowrap">
        <time dateTime={event.at}>{formatMoment(new Date(event.at))}</time>
        <div className="faint">
          <Moment at={event.at} />
        </div>
      </td>
      <td>
        <Pill tone={toneOfKind(event.kind)}>{kindWord(event.kind)}</Pill>
      </td>
      <td className="break">
        {event.actor ? (
          <Revealed text={event.actor} />
        ) : (
          <span className="faint">nobody known</span>
        )}
      </td>
      <td className="break">
        {event.subject && (
          <div>
            <Revealed text={event.subject} />
          </div>
        )}
        <Details event={event} />
      </td>
    </tr>
  );
}

function Filter({ kind }: { kind: string | undefined }) {
  const navigate = useNavigate();
  const known = KINDS.some((g) => g.family === kind || g.kinds.includes(kind ?? ""));
  return (
    <div className="toolbar" role="group" aria-label="Filters">
      <select
        className="input"
        aria-label="Kind"
        value={kind ?? ""}
        onChange={(event) =>
          void navigate({
            to: "/audit",
            search: { kind: event.target.value || undefined },
            replace: true,
          })
        }
      >
        <option value="">every kind</option>
        {kind && !known && <option value={kind}>{kindWord(kind)}</option>}
        {KINDS.map(({ group, family, kinds }) => (
          <optgroup key={group} label={group}>
            {family && <option value={family}>{group.toLowerCase()}: all</option>}
            {kinds.map((each) => (
              <option key={each} value={each}>
                {kindWord(each)}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </div>
  );
}

/** What happened at the control plane itself: who came in, who was let in where, what was locked. */
export function AuditPage() {
  const { kind } = useSearch({ from: "/shell/audit" });
  const query = useInfiniteQuery(auditEvents(kind));
  return (
    <>
      <TopBar title="Audit" sub="What happened at the control plane" />
      <Filter kind={kind} />
      <Scroll className="scrolls" label="Events">
        <div className="page">
          <Panel flush>
            <QueryView query={query} lines={8}>
              {(data) => {
                const events = data.pages.flatMap((page) => page.items);
                if (events.length === 0) {
                  return <Blank title={kind ? "No event of this kind." : "No events yet."} />;
                }
                return (
                  <table className="audit">
                    <thead>
                      <tr>
                        <th>When</th>
                        <th>What</th>
                        <th>Who</th>
                        <th>On what</th>
                      </tr>
                    </thead>
                    <tbody>
                      {events.map((event) => (
                        <Row key={event.id} event={event} />
                      ))}
                    </tbody>
                  </table>
                );
              }}
            </QueryView>
            {query.hasNextPage && (
              <p className="in">
                <Button small busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
                  Show more
                </Button>
              </p>
            )}
          </Panel>
        </div>
      </Scroll>
    </>
  );
}
