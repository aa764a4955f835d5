import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { reviewStatistics } from "../../api/queries";
import { useHotkeys } from "../../shell/hotkeys";
import { formatMicros, plural } from "../../text/format";
import { Button } from "../../ui/Button";
import { Blank, QueryView } from "../../ui/States";
import { SearchBox, TopBar } from "../../ui/TopBar";
import { History } from "./History";
import { Queue } from "./Queue";
import { matchesSearch, neighbour } from "./queue";
import { ReviewDetail } from "./ReviewDetail";
import { useQueue } from "./useQueue";
import "./reviews.css";

function Statistics() {
  const { data } = useQuery(reviewStatistics());
  if (!data) return null;
  const median = data.median_decision_ms;
  return (
    <>
      {data.waiting_for_you} waiting for you
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

export function ReviewsPage() {
  const { reviewId } = useParams({ strict: false });
  const { history } = useSearch({ from: "/shell/reviews" });
  const navigate = useNavigate();
  const queue = useQueue();
  const [search, setSearch] = useState("");
  const shown = queue.reviews.filter((review) => matchesSearch(review, search));
  const first = queue.reviews[0]?.id;

  const open = (id: string | undefined, replace = false) => {
    if (!id) return;
    void navigate({
      to: "/reviews/$reviewId",
      params: { reviewId: id },
      search: (s) => s,
      replace,
    });
  };
  const show = (past: boolean) =>
    void navigate({ to: "/reviews", search: past ? { history: true } : {} });
  const move = (step: 1 | -1) => {
    const links = [...document.querySelectorAll<HTMLAnchorElement>(".queue-item")];
    const ids = links.map((link) => link.pathname.split("/").at(-1) ?? "");
    open(neighbour(ids, reviewId, step), true);
  };
  useHotkeys({ j: () => move(1), k: () => move(-1) });

  // Where list and review stand side by side, the one that has waited longest is opened.
  useEffect(() => {
    if (reviewId || history || !first || !window.matchMedia?.("(min-width: 761px)").matches) return;
    void navigate({ to: "/reviews/$reviewId", params: { reviewId: first }, replace: true });
  }, [reviewId, history, first, navigate]);

  return (
    <>
      <TopBar title="Reviews" sub={<Statistics />}>
        <SearchBox label="Search statements, people, targets" value={search} onChange={setSearch} />
      </TopBar>
      <div className="reviews" data-open={reviewId ? true : undefined}>
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
            <History selected={reviewId} matches={(review) => matchesSearch(review, search)} />
          ) : (
            <>
              <QueryView query={queue.query} lines={6}>
                {() =>
                  shown.length > 0 ? (
                    <Queue reviews={shown} selected={reviewId} />
                  ) : (
                    <Blank title={search ? "Nothing matches." : "Nothing waits for a decision."}>
                      {!search && "Held statements come up here by themselves."}
                    </Blank>
                  )
                }
              </QueryView>
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
        {reviewId ? (
          <ReviewDetail key={reviewId} id={reviewId} />
        ) : (
          <div className="review-none">
            <Blank title="No review is open.">Choose one from the list.</Blank>
          </div>
        )}
      </div>
    </>
  );
}
