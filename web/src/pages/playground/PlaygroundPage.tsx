import { useMutation, useQuery } from "@tanstack/react-query";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { client, ok } from "../../api/client";
import { policies, targets } from "../../api/queries";
import type { NewTrial } from "../../api/types";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { Blank, ProblemNote, Skeleton } from "../../ui/States";
import { TopBar } from "../../ui/TopBar";
import { JudgedBy } from "./JudgedBy";
import { OperationEditor } from "./OperationEditor";
import { Result } from "./Result";
import { type Draft, DraftProblem, decodeDraft, emptyDraft, encodeDraft, trialOf } from "./state";
import { WhoAndWhere } from "./WhoAndWhere";
import "./playground.css";

function CopyLink({ draft }: { draft: Draft }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    const url = new URL(window.location.href);
    url.hash = encodeDraft(draft);
    await navigator.clipboard.writeText(url.href);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <Button onClick={() => void copy().catch(() => setCopied(false))}>
      {copied ? "Copied" : "Copy a link to this"}
    </Button>
  );
}

/** Judges what is typed, by what is bound or by chosen versions, and says why. */
export function PlaygroundPage() {
  const hash = useLocation({ select: (location) => location.hash });
  const navigate = useNavigate({ from: "/playground" });
  const [draft, setDraft] = useState<Draft>(() => decodeDraft(hash) ?? emptyDraft());
  const [problem, setProblem] = useState<DraftProblem>();
  const [valid, setValid] = useState(true);
  const written = useRef(hash);
  const list = useQuery(policies());
  const allTargets = useQuery(targets());
  const judge = useMutation({
    mutationFn: (body: NewTrial) => ok(client.POST("/api/v1/policy_trials", { body })),
  });

  // Somebody opened another link while the page was there.
  useEffect(() => {
    if (hash === written.current) return;
    written.current = hash;
    const opened = decodeDraft(hash);
    if (opened) setDraft(opened);
  }, [hash]);

  const set = (change: Partial<Draft>) => {
    setProblem(undefined);
    setDraft((before) => ({ ...before, ...change }));
  };
  const run = () => {
    if (!valid || judge.isPending) return;
    try {
      const body = trialOf(draft);
      written.current = encodeDraft(draft);
      void navigate({ hash: written.current, replace: true, resetScroll: false });
      judge.mutate(body);
    } catch (error) {
      if (!(error instanceof DraftProblem)) throw error;
      setProblem(error);
    }
  };
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);

  return (
    <>
      <TopBar title="Playground" sub="Nothing runs: it is only judged, and nothing is recorded">
        <CopyLink draft={draft} />
        <Button tone="primary" disabled={!valid} busy={judge.isPending} onClick={run}>
          Judge <kbd className="in-button">Ctrl ↵</kbd>
        </Button>
      </TopBar>
      <div className="scrolls">
        <div className="page playground">
          <div className="stack">
            <OperationEditor draft={draft} problem={problem} onChange={set} />
            <WhoAndWhere draft={draft} targets={allTargets.data ?? []} onChange={set} />
            <JudgedBy
              draft={draft}
              policies={list.data ?? []}
              onChange={(bindings) => set({ bindings })}
              onValid={setValid}
            />
          </div>
          <div className="stack" aria-live="polite" aria-busy={judge.isPending}>
            {judge.error && <ProblemNote error={judge.error} onRetry={run} />}
            {judge.data ? (
              <Result result={judge.data} stale={judge.isPending} />
            ) : judge.isPending ? (
              <Panel>
                <Skeleton lines={6} />
              </Panel>
            ) : (
              !judge.error && (
                <Panel>
                  <Blank title="Not judged yet.">
                    Press <kbd>Ctrl</kbd> <kbd>↵</kbd>.
                  </Blank>
                </Panel>
              )
            )}
          </div>
        </div>
      </div>
    </>
  );
}
