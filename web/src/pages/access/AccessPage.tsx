import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { grants as grantsQuery } from "../../api/accessQueries";
import type { Grant } from "../../api/types";
import { useCan } from "../../shell/can";
import { useRowKeys } from "../../shell/useRowKeys";
import { grantId, holderOf } from "../../text/access";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { Blank, QueryView } from "../../ui/States";
import { SearchBox, TopBar } from "../../ui/TopBar";
import { AccessFilters } from "./AccessFilters";
import { AskDialog } from "./AskDialog";
import { BreakGlassDialog } from "./BreakGlassDialog";
import { GrantPanel } from "./GrantPanel";
import { GrantTable } from "./GrantTable";
import { type AccessSearch, filterOf } from "./search";
import "./access.css";

const WORTH = ["active", "requested"];

/** What is in force, then what waits, then the rest; the newest first in each. */
export function inOrder(grants: Grant[]): Grant[] {
  const rank = (grant: Grant) => {
    const at = WORTH.indexOf(grant.state);
    return at < 0 ? WORTH.length : at;
  };
  return [...grants].sort(
    (a, b) => rank(a) - rank(b) || b.requested_at.localeCompare(a.requested_at),
  );
}

const matches = (grant: Grant, wanted: string) =>
  [grantId(grant.id), holderOf(grant), grant.task, ...grant.targets.map((t) => t.name)]
    .join("\n")
    .toLowerCase()
    .includes(wanted);

interface ListProps {
  search: AccessSearch;
  text: string;
  selected: string | undefined;
  onAsk: () => void;
}

function List({ search, text, selected, onAsk }: ListProps) {
  const query = useInfiniteQuery(grantsQuery(filterOf(search)));
  const wanted = text.trim().toLowerCase();
  return (
    <Panel flush>
      <QueryView query={query} lines={6}>
        {(data) => {
          const all = data.pages.flatMap((page) => page.items);
          const shown = (search.all ? all : inOrder(all)).filter((g) => matches(g, wanted));
          if (shown.length > 0) return <GrantTable grants={shown} selected={selected} />;
          if (all.length > 0 || search.all) return <Blank title="No grant matches." />;
          return (
            <Blank title="You hold no access.">
              <Button tone="link" onClick={onAsk}>
                Ask for what a task needs
              </Button>
            </Blank>
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
  );
}

/** Who holds what, for which task, until when. */
export function AccessPage() {
  const search = useSearch({ from: "/shell/access" });
  const { grantId: selected } = useParams({ strict: false });
  const navigate = useNavigate();
  const { read, admin } = useCan();
  const [text, setText] = useState("");
  const [dialog, setDialog] = useState<"ask" | "glass">();
  useRowKeys();
  const all = read && search.all === true;
  const list = (next: AccessSearch) => void navigate({ to: "/access", search: next });
  const show = (grant: Grant) => {
    setDialog(undefined);
    void navigate({ to: "/access/$grantId", params: { grantId: grant.id }, search: true });
  };
  return (
    <>
      <TopBar title="Access" sub="For a task, until a time">
        <SearchBox label="Search tasks, people, targets" value={text} onChange={setText} />
        {admin && (
          <Button tone="no" onClick={() => setDialog("glass")}>
            Break glass…
          </Button>
        )}
        <Button tone="primary" onClick={() => setDialog("ask")}>
          Ask for access…
        </Button>
      </TopBar>
      {read && (
        <div className="toolbar">
          <div className="tabs" role="group" aria-label="Whose grants">
            <button type="button" aria-pressed={!all} onClick={() => list({})}>
              Mine
            </button>
            <button type="button" aria-pressed={all} onClick={() => list({ all: true })}>
              Everybody's
            </button>
          </div>
          {all && <AccessFilters search={search} onChange={list} />}
        </div>
      )}
      <div className="scrolls">
        <div
          className={selected ? "page split access-page" : "page access-page"}
          data-open={selected ? true : undefined}
        >
          <div className="stack">
            <List
              search={all ? search : {}}
              text={text}
              selected={selected}
              onAsk={() => setDialog("ask")}
            />
          </div>
          {selected && <GrantPanel key={selected} id={selected} onExtended={show} />}
        </div>
      </div>
      {dialog === "ask" && <AskDialog onDone={show} onClose={() => setDialog(undefined)} />}
      {dialog === "glass" && (
        <BreakGlassDialog onDone={show} onClose={() => setDialog(undefined)} />
      )}
    </>
  );
}
