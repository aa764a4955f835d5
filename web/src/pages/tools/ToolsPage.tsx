import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { client, ok } from "../../api/client";
import { pinnedTools } from "../../api/queries";
import type { PinnedTool } from "../../api/types";
import { useCan } from "../../shell/can";
import { plural, shortDigest } from "../../text/format";
import { diffLines, laidOut } from "../../text/lines";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { BodyBlock } from "../../ui/Json";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { Scroll } from "../../ui/Scroll";
import { Blank, ProblemNote, QueryView } from "../../ui/States";
import { DiffTable } from "../../ui/TextDiff";
import { SearchBox, TopBar } from "../../ui/TopBar";
import "./tools.css";

const nameOf = ({ server, tool }: PinnedTool) => (server ? `${server}.${tool}` : tool);

function AcceptDialog({ tool, onClose }: { tool: PinnedTool; onClose: () => void }) {
  const queries = useQueryClient();
  const digest = tool.seen?.digest ?? "";
  const accept = useMutation({
    mutationFn: () =>
      ok(
        client.POST("/api/v1/tool-definitions/{id}/accept", {
          params: { path: { id: tool.id } },
          body: { digest },
        }),
      ),
    onSuccess: onClose,
    // Also when it was refused: the server gives something else by now.
    onSettled: () => queries.invalidateQueries({ queryKey: ["target"] }),
  });
  return (
    <ConfirmDialog
      title={`Accept the new ${nameOf(tool)}?`}
      action="Accept"
      busy={accept.isPending}
      error={accept.error && <ProblemNote error={accept.error} />}
      onConfirm={() => accept.mutate()}
      onClose={onClose}
    >
      Exactly this definition, sha256 {shortDigest(digest)}, is pinned on every edge. The tool is
      listed again, and its calls are judged like any other.
    </ConfirmDialog>
  );
}

/** The whole of both definitions, with what differs marked. */
function Drift({ tool }: { tool: PinnedTool }) {
  const seen = tool.seen?.text ?? "";
  const lines = useMemo(
    () => diffLines(laidOut(tool.pinned.text), laidOut(seen)),
    [tool.pinned.text, seen],
  );
  return <DiffTable lines={lines} />;
}

function Changed({ tool }: { tool: PinnedTool }) {
  const { admin } = useCan();
  const [asking, setAsking] = useState(false);
  return (
    <Panel
      title={<Revealed text={nameOf(tool)} mode="code" />}
      aside={
        <span className="row wrap">
          <span>
            <Revealed text={tool.target} />
          </span>
          {tool.seen_at && <Moment at={tool.seen_at} prefix="changed " />}
          <Pill tone="deny">quarantined</Pill>
        </span>
      }
      flush
    >
      <Scroll className="drift" label={`How ${nameOf(tool)} has changed`}>
        <Drift tool={tool} />
      </Scroll>
      <div className="in row wrap">
        <span className="faint mono">
          {shortDigest(tool.pinned.digest)} → {shortDigest(tool.seen?.digest ?? "")}
        </span>
        <span className="grow" />
        {admin ? (
          <Button tone="primary" onClick={() => setAsking(true)}>
            Accept…
          </Button>
        ) : (
          <span className="muted">An admin may accept it.</span>
        )}
      </div>
      {asking && <AcceptDialog tool={tool} onClose={() => setAsking(false)} />}
    </Panel>
  );
}

function Row({ tool }: { tool: PinnedTool }) {
  return (
    <tr>
      <td className="break">
        <details>
          <summary>
            <b>
              <Revealed text={nameOf(tool)} mode="code" />
            </b>
          </summary>
          <BodyBlock text={tool.pinned.text} />
        </details>
      </td>
      <td className="break">
        <Revealed text={tool.target} />
      </td>
      <td>
        {tool.accepted_by ? (
          <>
            by <Revealed text={tool.accepted_by} />
          </>
        ) : (
          <span className="faint">as first seen</span>
        )}
        <div className="faint">
          <Moment at={tool.pinned_at} />
        </div>
      </td>
      <td className="mono faint digest" title={tool.pinned.digest}>
        {shortDigest(tool.pinned.digest)}
      </td>
    </tr>
  );
}

function Pinned({ tools }: { tools: PinnedTool[] }) {
  return (
    <Panel title="Pinned" aside={plural(tools.length, "tool")} flush>
      <table>
        <thead>
          <tr>
            <th>Tool</th>
            <th>Target</th>
            <th>Pinned</th>
            <th className="digest">sha256</th>
          </tr>
        </thead>
        <tbody>
          {tools.map((tool) => (
            <Row key={tool.id} tool={tool} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

/** Tools of MCP servers: what is pinned of them, and what has changed since. */
export function ToolsPage() {
  const query = useQuery(pinnedTools());
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const matches = (tool: PinnedTool) =>
    `${nameOf(tool)} ${tool.target}`.toLowerCase().includes(wanted);
  return (
    <>
      <TopBar title="Tools" sub="Of MCP servers, pinned as they were first seen">
        <SearchBox label="Search tools, targets" value={search} onChange={setSearch} />
      </TopBar>
      <Scroll className="scrolls" label="Tools">
        <div className="page">
          <QueryView query={query} lines={6}>
            {(list) => {
              const shown = list.filter(matches);
              const changed = shown.filter((tool) => tool.seen);
              const pinned = shown.filter((tool) => !tool.seen);
              if (shown.length === 0) {
                return (
                  <Blank title={list.length > 0 ? "No tool matches." : "No tools yet."}>
                    {list.length === 0 && "They come up here when an agent lists an MCP server's."}
                  </Blank>
                );
              }
              return (
                <>
                  {changed.map((tool) => (
                    <Changed key={tool.id} tool={tool} />
                  ))}
                  {pinned.length > 0 && <Pinned tools={pinned} />}
                </>
              );
            }}
          </QueryView>
        </div>
      </Scroll>
    </>
  );
}
