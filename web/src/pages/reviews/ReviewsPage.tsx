import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { grantsInState } from "../../api/accessQueries";
import { reviewStatistics } from "../../api/queries";
import { useHotkeys } from "../../shell/hotkeys";
import { formatMicros, plural } from "../../text/format";
import { Button } from "../../ui/Button";
import { Blank, ProblemNote, Skeleton } from "../../ui/States";
import { SearchBox, TopBar } from "../../ui/TopBar";
import { History } from "./History";
import { Queue } from "./Queue";
import { isRequest, matchesSearch, neighbour, type Waiting as Waits } from "./queue";
import { RequestDetail } from "./RequestDetail";
import { ReviewDetail } from "./ReviewDetail";
import { useQueue } from "./useQueue";
import "./reviews.css";

function Statistics() {
  const { data } = useQuery(reviewStatistics());
  const requests = useQuery(grantsInState("requested"));
  if (!data) return null;
  const median = data.median_decision_ms;
  const mine = requests.data?.filter((grant) => grant.may_decide).length ?? 0;
  return (
    <>
      {data.waiting_for_you + mine} waiting for you
      {median != null && ` · median decision ${formatMicros(median * 1000)} today`}
    </>
  );
}

function DecidedToday() {
  const { data } = useQuery(reviewStatistics());
  if (!data) return null;
  return (
    <p className="queue-foot">
      Decided today: {data.approved_today} approved, {data.denied_today} denied,{" "}
      {data.expired_today} expired
    </p>
  );
}

interface WaitingProps {
  queue: ReturnType<typeof useQueue>;
  shown: Waits[];
  searched: boolean;
  selected: string | undefined;
}

/** What waits, oldest first. */
function Waiting({ queue, shown, searched, selected }: WaitingProps) {
  if (shown.length > 0) return <Queue items={shown} selected={selected} />;
  if (queue.error) {
    return (
      <div style={{ padding: 16 }}>
        <ProblemNote error={queue.error} onRetry={queue.retry} />
      </div>
    );
  }
  if (!queue.ready) return <Skeleton lines={6} />;
  if (searched) return <Blank title="Nothing matches." />;
  return (
    <Blank title="Nothing waits for a decision.">
      Held statements and requests for access come up here by themselves.
    </Blank>
  );
}

export function ReviewsPage() {
  const { reviewId, grantId } = useParams({ strict: false });
  const selected = reviewId ?? grantId;
  const { history } = useSearch({ from: "/shell/reviews" });
  const navigate = useNavigate();
  const queue = useQueue();
  const [search, setSearch] = useState("");
  const shown = queue.items.filter((item) => matchesSearch(item, search));
  const [first] = queue.items;

  const show = (past: boolean) =>
    void navigate({ to: "/reviews", search: past ? { history: true } : {} });
  const move = (step: 1 | -1) => {
    const links = [...document.querySelectorAll<HTMLAnchorElement>(".queue-item")];
    const idOf = (link: HTMLAnchorElement) => link.pathname.split("/").at(-1) ?? "";
    const id = neighbour(links.map(idOf), selected, step);
    const link = links.find((each) => idOf(each) === id);
    if (link) void navigate({ to: link.pathname, search: (s) => s, replace: true });
  };
  useHotkeys({ j: () => move(1), k: () => move(-1) });

  // Where list and review stand side by side, the one that has waited longest is opened.
  useEffect(() => {
    if (selected || history || !first || !window.matchMedia?.("(min-width: 761px)").matches) return;
    const to = isRequest(first) ? "/reviews/access/$grantId" : "/reviews/$reviewId";
    void navigate({ to, params: { reviewId: first.id, grantId: first.id }, replace: true });
  }, [selected, history, first, navigate]);

  return (
    <>
      <TopBar title="Reviews" sub={<Statistics />}>
        <SearchBox label="Search statements, people, targets" value={search} onChange={setSearch} />
      </TopBar>
      <div className="reviews" data-open={selected ? true : undefined}>
        <div className="queue">
          <div className="queue-bar tabs" role="group" aria-label="Which reviews">
            <button type="button" aria-pressed={!history} onClick={() => show(false)}>
              Waiting
            </button>
            <button type="button" aria-pressed={history === true} onClick={() => show(true)}>
              Decided
            </button>
          </div>
          {history ? (
            <History selected={selected} matches={(review) => matchesSearch(review, search)} />
          ) : (
            <>
              <Waiting queue={queue} shown={shown} searched={search !== ""} selected={selected} />
              {queue.decided > 0 && (
                <div className="queue-bar">
                  <Button small onClick={queue.clear}>
                    Clear {plural(queue.decided, "decided review")}
                  </Button>
                </div>
              )}
              <DecidedToday />
            </>
          )}
        </div>
        {reviewId && <ReviewDetail key={reviewId} id={reviewId} />}
        {grantId && <RequestDetail key={grantId} id={grantId} />}
        {!selected && (
          <div className="review-none">
            <Blank title="No review is open.">Choose one from the list.</Blank>
          </div>
        )}
      </div>
    </>
  );
}
