import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { documents } from "../../api/queries";
import type { DocumentSummary } from "../../api/types";
import { useCan } from "../../shell/can";
import { useRowKeys } from "../../shell/useRowKeys";
import { formatBytes, formatSeconds, plural } from "../../text/format";
import { Button } from "../../ui/Button";
import { Moment } from "../../ui/Moment";
import { Pill } from "../../ui/Pill";
import { Blank, QueryView } from "../../ui/States";
import { TopBar } from "../../ui/TopBar";
import { DocumentDetail } from "./DocumentDetail";
import { DocumentDialog } from "./DocumentDialog";

function Row({ document, chosen }: { document: DocumentSummary; chosen: boolean }) {
  const { pull } = document;
  return (
    <li>
      <Link
        to="/documents"
        search={{ name: document.name }}
        aria-current={chosen ? "true" : undefined}
        data-row
      >
        <span className="row">
          <b className="mono break">{document.name}</b>
          <span className="muted">v{document.version}</span>
          {pull?.error && <Pill tone="deny">pull fails</Pill>}
          <span className="grow" />
          <span className="faint">
            <Moment at={document.created_at} />
          </span>
        </span>
        <span className="muted">
          {plural(document.keys, "key")}, {formatBytes(document.size)}
          {pull ? `, pulled every ${formatSeconds(pull.every_seconds)}` : ", uploaded"}
        </span>
      </Link>
    </li>
  );
}

/** Data that policies look things up in. */
export function DocumentsPage() {
  const { name } = useSearch({ from: "/shell/documents" });
  const query = useQuery(documents());
  const may = useCan().author;
  const [adding, setAdding] = useState(false);
  useRowKeys();
  return (
    <>
      <TopBar
        title="Documents"
        sub="Data that policies look things up in; edges get it with the set"
      >
        {may && (
          <Button tone="primary" onClick={() => setAdding(true)}>
            Add…
          </Button>
        )}
      </TopBar>
      <QueryView query={query} lines={6}>
        {(list) => {
          const chosen = list.find((d) => d.name === name) ?? list[0];
          if (!chosen) {
            return (
              <Blank title="No documents yet.">
                Add one, or run <code>countersign policy documents push</code>.
              </Blank>
            );
          }
          return (
            <div className="master">
              <div className="list">
                <ul aria-label="Documents">
                  {list.map((document) => (
                    <Row key={document.name} document={document} chosen={document === chosen} />
                  ))}
                </ul>
              </div>
              <div className="detail-pane">
                <DocumentDetail key={chosen.name} name={chosen.name} />
              </div>
            </div>
          );
        }}
      </QueryView>
      {adding && <DocumentDialog onClose={() => setAdding(false)} />}
    </>
  );
}
