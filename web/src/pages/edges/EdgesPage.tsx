import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { edges } from "../../api/queries";
import type { Edge } from "../../api/types";
import { LockPill } from "../../record/Locking";
import { useLocked } from "../../record/locks";
import { useCan } from "../../shell/can";
import { useRowKeys } from "../../shell/useRowKeys";
import { formatBytes, formatCount } from "../../text/format";
import { Button } from "../../ui/Button";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Blank, QueryView } from "../../ui/States";
import { SearchBox, TopBar } from "../../ui/TopBar";
import { EdgePanel } from "./EdgePanel";
import { healthOf } from "./health";
import { JoinDialog } from "./JoinDialog";
import { JoinTokens } from "./JoinTokens";

function Row({
  edge,
  selected,
  onSelect,
}: {
  edge: Edge;
  selected: boolean;
  onSelect: () => void;
}) {
  const { tone, word } = healthOf(edge);
  const lock = useLocked().of("edge", edge.id);
  const { status } = edge;
  return (
    <tr aria-selected={selected}>
      <td>
        <Button tone="link" data-row aria-pressed={selected} onClick={onSelect}>
          {edge.name}
        </Button>
      </td>
      <td>
        <span className="labels">
          <Pill tone={tone}>{word}</Pill>
          <LockPill lock={lock} />
        </span>
      </td>
      <td className="num">
        {status ? (
          <>
            {status.bundle_revision}
            {status.bundle_revision !== edge.newest_revision && (
              <span className="faint"> of {edge.newest_revision}</span>
            )}
          </>
        ) : (
          <span className="faint">none</span>
        )}
      </td>
      <td className="num">{status ? formatCount(status.sessions) : ""}</td>
      <td className="num">{status ? formatCount(status.spool_records) : ""}</td>
      <td className="num">{status ? formatBytes(status.resident_bytes) : ""}</td>
      <td className="num faint">
        {edge.last_seen_at ? <Moment at={edge.last_seen_at} /> : "never"}
      </td>
    </tr>
  );
}

export function EdgesPage() {
  const query = useQuery(edges());
  const { admin } = useCan();
  const [search, setSearch] = useState("");
  const { edge: chosen } = useSearch({ from: "/shell/edges" });
  const navigate = useNavigate();
  const setChosen = (edge: string) => void navigate({ to: "/edges", search: { edge } });
  const [joining, setJoining] = useState(false);
  useRowKeys();
  const wanted = search.trim().toLowerCase();
  const shown = query.data?.filter((edge) => edge.name.toLowerCase().includes(wanted));
  const selected = shown?.find((edge) => edge.id === chosen) ?? shown?.[0];
  return (
    <>
      <TopBar title="Edges" sub="Where statements are judged">
        <SearchBox label="Search edges" value={search} onChange={setSearch} />
        {admin && (
          <Button tone="primary" onClick={() => setJoining(true)}>
            Add…
          </Button>
        )}
      </TopBar>
      <div className="scrolls">
        <div className={selected ? "page split" : "page"}>
          <div className="stack">
            <Panel flush>
              <QueryView query={query} lines={4}>
                {(list) =>
                  shown && shown.length > 0 ? (
                    <table className="pick">
                      <thead>
                        <tr>
                          <th>Edge</th>
                          <th>Health</th>
                          <th className="num">Set</th>
                          <th className="num">Sessions</th>
                          <th className="num">Not sent</th>
                          <th className="num">Memory</th>
                          <th className="num">Last seen</th>
                        </tr>
                      </thead>
                      <tbody>
                        {shown.map((edge) => (
                          <Row
                            key={edge.id}
                            edge={edge}
                            selected={edge.id === selected?.id}
                            onSelect={() => setChosen(edge.id)}
                          />
                        ))}
                      </tbody>
                    </table>
                  ) : (
                    <Blank title={list.length > 0 ? "No edge matches." : "No edges yet."}>
                      {list.length === 0 && "Make a join token and start an edge with it."}
                    </Blank>
                  )
                }
              </QueryView>
            </Panel>
            {admin && <JoinTokens />}
          </div>
          {selected && <EdgePanel key={selected.id} edge={selected} />}
        </div>
      </div>
      {joining && <JoinDialog onClose={() => setJoining(false)} />}
    </>
  );
}
