import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { edges, targets } from "../../api/queries";
import type { Edge, TargetView } from "../../api/types";
import { LiftButton, LockButton, LockPill } from "../../record/Locking";
import { useLocked } from "../../record/locks";
import { useCan } from "../../shell/can";
import { useRowKeys } from "../../shell/useRowKeys";
import { KIND_WORD } from "../../text/targets";
import { Button } from "../../ui/Button";
import { KindMark } from "../../ui/KindMark";
import { LabelList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { Blank, QueryView } from "../../ui/States";
import { SearchBox, TopBar } from "../../ui/TopBar";
import { ConnectDialog } from "./ConnectDialog";
import { TargetDialog } from "./TargetDialog";

function ServedBy({ target, edgeList }: { target: TargetView; edgeList: Edge[] | undefined }) {
  const serving =
    edgeList?.filter((e) => !e.revoked_at && e.status?.targets.includes(target.name)) ?? [];
  if (!edgeList) return null;
  if (serving.length === 0) return <Pill tone="review">no edge</Pill>;
  return (
    <span className="labels">
      {serving.map((edge) => (
        <Pill key={edge.id} tone={edge.online ? "allow" : "shadow"}>
          {edge.name}
          {!edge.online && ", offline"}
        </Pill>
      ))}
    </span>
  );
}

interface RowProps {
  target: TargetView;
  edgeList: Edge[] | undefined;
  onOpen?: () => void;
  onConnect: () => void;
}

function Row({ target, edgeList, onOpen, onConnect }: RowProps) {
  const lock = useLocked().of("target", target.id);
  return (
    <tr>
      <td>
        <b>{target.name}</b> <LockPill lock={lock} />
        <div className="faint">
          <KindMark kind={target.kind} />
        </div>
        <Button tone="link" onClick={onConnect} aria-label={`Connect to ${target.name}`}>
          Connect…
        </Button>
        {lock && (
          <div className="error break">
            <Revealed text={lock.reason} />
          </div>
        )}
      </td>
      <td>{target.access === "grant" ? <Pill tone="accent">by grant</Pill> : "standing"}</td>
      <td>
        <LabelList labels={target.labels} />
      </td>
      <td>
        <Pill tone={target.default_verdict === "allow" ? "allow" : "deny"}>
          {target.default_verdict ?? "deny"}
        </Pill>
      </td>
      <td>
        <ServedBy target={target} edgeList={edgeList} />
      </td>
      <td className="num faint changed">
        <Moment at={target.updated_at} />
      </td>
      {onOpen && (
        <td className="num">
          <span className="row row-actions">
            {lock ? (
              <LiftButton lock={lock} />
            ) : (
              <LockButton
                lock={lock}
                title={`Lock ${target.name}?`}
                choices={[
                  {
                    subject: { kind: "target", id: target.id },
                    label: "this target",
                    text: "Every session on it ends, on every edge, and nobody gets a new one.",
                  },
                ]}
              />
            )}
            <Button small data-row onClick={onOpen} aria-label={`Change ${target.name}`}>
              Change…
            </Button>
          </span>
        </td>
      )}
    </tr>
  );
}

export function TargetsPage() {
  const query = useQuery(targets());
  const edgeList = useQuery(edges());
  const { admin } = useCan();
  const [search, setSearch] = useState("");
  const [editing, setEditing] = useState<TargetView | "new">();
  const [connecting, setConnecting] = useState<TargetView>();
  useRowKeys();
  const wanted = search.trim().toLowerCase();
  const matches = (target: TargetView) =>
    [
      target.name,
      KIND_WORD[target.kind],
      ...Object.entries(target.labels ?? {}).map(([k, v]) => `${k}=${v}`),
    ]
      .join("\n")
      .toLowerCase()
      .includes(wanted);
  return (
    <>
      <TopBar title="Targets" sub="What is protected">
        <SearchBox label="Search names, labels" value={search} onChange={setSearch} />
        {admin && (
          <Button tone="primary" onClick={() => setEditing("new")}>
            Add…
          </Button>
        )}
      </TopBar>
      <div className="scrolls">
        <div className="page">
          <Panel flush>
            <QueryView query={query} lines={5}>
              {(list) => {
                const shown = list.filter(matches);
                if (shown.length === 0) {
                  return (
                    <Blank title={list.length > 0 ? "No target matches." : "No targets yet."}>
                      {list.length === 0 && "Add one, and give an edge its address and credential."}
                    </Blank>
                  );
                }
                return (
                  <table className="pick">
                    <thead>
                      <tr>
                        <th>Name</th>
                        <th>Access</th>
                        <th>Labels</th>
                        <th>When all abstain</th>
                        <th>Served by</th>
                        <th className="num changed">Changed</th>
                        {admin && (
                          <th>
                            <span className="sr-only">Actions</span>
                          </th>
                        )}
                      </tr>
                    </thead>
                    <tbody>
                      {shown.map((target) => (
                        <Row
                          key={target.id}
                          target={target}
                          edgeList={edgeList.data}
                          onConnect={() => setConnecting(target)}
                          onOpen={admin ? () => setEditing(target) : undefined}
                        />
                      ))}
                    </tbody>
                  </table>
                );
              }}
            </QueryView>
          </Panel>
          <p className="faint">
            Where a target is and how to sign in to it stays in the edge's own configuration.
          </p>
        </div>
      </div>
      {connecting && <ConnectDialog target={connecting} onClose={() => setConnecting(undefined)} />}
      {editing && (
        <TargetDialog
          target={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
    </>
  );
}
