import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useEffect, useState } from "react";
import { sessions } from "../../api/queries";
import { useRowKeys } from "../../shell/useRowKeys";
import { Button } from "../../ui/Button";
import { Blank, QueryView } from "../../ui/States";
import { SearchBox, TopBar } from "../../ui/TopBar";
import { SessionFilters } from "./SessionFilters";
import { SessionTable } from "./SessionTable";
import { type SessionSearch, sinceOf } from "./search";
import "./sessions.css";

/** What is typed, in the address a moment later. */
function useTypedSearch(search: SessionSearch, apply: (search: SessionSearch) => void) {
  const [typed, setTyped] = useState(search.q ?? "");
  const deferred = useDeferredValue(typed);
  useEffect(() => {
    const q = deferred.trim() || undefined;
    if (q === search.q) return;
    const timer = setTimeout(() => apply({ ...search, q }), 250);
    return () => clearTimeout(timer);
  }, [deferred, search, apply]);
  return [typed, setTyped] as const;
}

export function SessionsPage() {
  const search = useSearch({ from: "/shell/sessions" });
  const navigate = useNavigate({ from: "/sessions" });
  const [openedAt] = useState(() => Date.now());
  const apply = (next: SessionSearch) => void navigate({ search: next, replace: true });
  const [typed, setTyped] = useTypedSearch(search, apply);
  const { period, ...filter } = search;
  const query = useInfiniteQuery(sessions({ ...filter, since: sinceOf(period, openedAt) }));
  useRowKeys();

  return (
    <>
      <TopBar title="Sessions" sub="What was done, by whom, and what came of it">
        <SearchBox label="Search people, targets, clients" value={typed} onChange={setTyped} />
      </TopBar>
      <SessionFilters search={search} onChange={apply} />
      <div className="scrolls sessions">
        <QueryView query={query} lines={10}>
          {(data) => {
            const items = data.pages.flatMap((page) => page.items);
            if (items.length > 0) return <SessionTable sessions={items} />;
            return Object.keys(search).length > 0 ? (
              <Blank title="No session matches." />
            ) : (
              <Blank title="No sessions yet.">
                They come up here when a client connects to an edge.
              </Blank>
            );
          }}
        </QueryView>
        {query.hasNextPage && (
          <div className="more">
            <Button busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
              Show more
            </Button>
          </div>
        )}
      </div>
    </>
  );
}
