import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, ok } from "../../api/client";
import { documentContent, document as documentQuery } from "../../api/queries";
import type { Document, PolicyChange } from "../../api/types";
import { useCan } from "../../shell/can";
import { formatBytes, formatCount, formatSeconds, plural, shortDigest } from "../../text/format";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { LongText } from "../../ui/LongText";
import { Moment } from "../../ui/Moment";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { ProblemNote, QueryView } from "../../ui/States";
import { Outcome } from "../policies/Outcome";
import { DocumentDialog } from "./DocumentDialog";

/** Enough to see what it is; the rest is for a file. */
const MOST_KEYS = 100;

function Content({ document }: { document: Document }) {
  const query = useQuery(documentContent(document.name, document.digest));
  return (
    <Panel title="What is in it" aside={`v${document.version}`} flush>
      <QueryView query={query} lines={5}>
        {(content) => {
          const entries = Object.entries((content ?? {}) as Record<string, unknown>);
          if (entries.length === 0) return <p className="in muted">Nothing.</p>;
          return (
            <table>
              <thead>
                <tr>
                  <th>Key</th>
                  <th>Value</th>
                </tr>
              </thead>
              <tbody>
                {entries.slice(0, MOST_KEYS).map(([key, value]) => (
                  <tr key={key}>
                    <td className="mono break">
                      <Revealed text={key} />
                    </td>
                    <td className="mono break muted">
                      <LongText text={JSON.stringify(value)} />
                    </td>
                  </tr>
                ))}
                {entries.length > MOST_KEYS && (
                  <tr>
                    <td colSpan={2} className="faint">
                      and {formatCount(entries.length - MOST_KEYS)} more
                    </td>
                  </tr>
                )}
              </tbody>
            </table>
          );
        }}
      </QueryView>
    </Panel>
  );
}

function Versions({ document }: { document: Document }) {
  return (
    <Panel title="Versions" flush>
      <table>
        <thead>
          <tr>
            <th>Version</th>
            <th className="num">Keys</th>
            <th className="num">Size</th>
            <th>By</th>
            <th className="num">When</th>
          </tr>
        </thead>
        <tbody>
          {document.versions.map((version) => (
            <tr key={version.version}>
              <td>
                <b>v{version.version}</b>{" "}
                <span className="mono faint" title={version.digest}>
                  {shortDigest(version.digest)}
                </span>
              </td>
              <td className="num">{formatCount(version.keys)}</td>
              <td className="num">{formatBytes(version.size)}</td>
              <td className="muted">{version.created_by_name}</td>
              <td className="num faint">
                <Moment at={version.created_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Pull({ document }: { document: Document }) {
  const { pull } = document;
  if (!pull) return null;
  return (
    <Fact name="Pulled">
      <span className="mono break">
        <Revealed text={pull.url} />
      </span>{" "}
      every {formatSeconds(pull.every_seconds)}
      {pull.last_at && (
        <span className="muted">
          , last <Moment at={pull.last_at} />
        </span>
      )}
    </Fact>
  );
}

function Loaded({ document }: { document: Document }) {
  const may = useCan().author;
  const [dialog, setDialog] = useState<"upload" | "delete">();
  const [pending, setPending] = useState<PolicyChange>();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () =>
      ok(client.DELETE("/api/v1/documents/{name}", { params: { path: { name: document.name } } })),
    onSuccess: async (answer) => {
      setDialog(undefined);
      if (answer && "change" in answer) setPending(answer.change);
      // The list alone: what is deleted must not be asked for again.
      await queries.invalidateQueries({ queryKey: ["document", "list"] });
    },
  });
  return (
    <>
      {pending && <Outcome change={pending} onClose={() => setPending(undefined)} />}
      {document.pull?.error && (
        <div className="note" data-tone="deny">
          <b>The last pull failed.</b> <Revealed text={document.pull.error} /> Version{" "}
          {document.version} stays on the edges.
        </div>
      )}
      <Panel
        title={document.name}
        aside={
          may && (
            <span className="row">
              <Button small onClick={() => setDialog("upload")}>
                New version…
              </Button>
              <Button small tone="no" onClick={() => setDialog("delete")}>
                Delete…
              </Button>
            </span>
          )
        }
      >
        <Facts>
          <Fact name="Version">
            v{document.version}{" "}
            {document.pull ? (
              <Pill tone={document.pull.error ? "deny" : "allow"}>
                {document.pull.error ? "pull fails" : "pulled"}
              </Pill>
            ) : (
              <span className="muted">uploaded</span>
            )}
          </Fact>
          <Fact name="Digest">
            <span className="mono">{document.digest}</span>
          </Fact>
          <Fact name="Holds">
            {plural(document.keys, "key")}, {formatBytes(document.size)}
          </Fact>
          <Fact name="Keys by">{document.key_column && <code>{document.key_column}</code>}</Fact>
          <Pull document={document} />
        </Facts>
      </Panel>
      <Content document={document} />
      <Versions document={document} />
      {dialog === "upload" && (
        <DocumentDialog document={document} onClose={() => setDialog(undefined)} />
      )}
      {dialog === "delete" && (
        <ConfirmDialog
          title={`Delete ${document.name}?`}
          action="Delete"
          busy={remove.isPending}
          error={remove.error && <ProblemNote error={remove.error} />}
          onConfirm={() => remove.mutate()}
          onClose={() => setDialog(undefined)}
        >
          Policies that look things up in it will find nothing, on every edge at once.
        </ConfirmDialog>
      )}
    </>
  );
}

export function DocumentDetail({ name }: { name: string }) {
  const query = useQuery(documentQuery(name));
  return (
    <QueryView query={query} lines={6}>
      {(document) => <Loaded document={document} />}
    </QueryView>
  );
}
