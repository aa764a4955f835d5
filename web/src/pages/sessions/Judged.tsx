import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { explainedAction } from "../../api/queries";
import type { Decision, Id } from "../../api/types";
import { Outcomes } from "../../record/Outcomes";
import { Settings } from "../../record/Settings";
import { formatMicros, plural, shortId } from "../../text/format";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import type { ActionEntry } from "./replay";

interface Props {
  actionId: Id;
  decision: Decision;
  judgeMicros: number | null | undefined;
  /** The action that was judged in this one's place. */
  source: ActionEntry | undefined;
}

/** The settings come with the explanation, which is only asked for when somebody wants them. */
function useSettings(actionId: Id) {
  const [wanted, setWanted] = useState(false);
  const query = useQuery({ ...explainedAction(actionId), enabled: wanted });
  const of = (binding: Id) => query.data?.policies.find((p) => p.binding === binding)?.settings;
  return { wanted, setWanted, query, of };
}

export function Judged({ actionId, decision, judgeMicros, source }: Props) {
  const settings = useSettings(actionId);
  const aside = [
    `set ${decision.bundle_revision}`,
    plural(decision.policies.length, "policy", "policies"),
    judgeMicros != null && formatMicros(judgeMicros),
  ].filter(Boolean);
  return (
    <Panel
      title="How it was judged"
      aside={
        <>
          {aside.join(" · ")} ·{" "}
          <Link to="/actions/$actionId" params={{ actionId }}>
            explain
          </Link>
        </>
      }
      flush
    >
      {decision.by_default && (
        <p className="in muted">Every policy abstained. The target's default decided.</p>
      )}
      {decision.policies.length > 0 && (
        <>
          <Outcomes
            policies={decision.policies}
            more={(outcome) =>
              settings.wanted &&
              settings.query.data && <Settings settings={settings.of(outcome.binding)} />
            }
          />
          <p className="in">
            <Button
              tone="link"
              aria-pressed={settings.wanted}
              busy={settings.query.isLoading}
              onClick={() => settings.setWanted(!settings.wanted)}
            >
              {settings.wanted ? "Hide the settings" : "Show the settings"}
            </Button>
            {settings.query.error && <span className="error"> They could not be read.</span>}
          </p>
        </>
      )}
      {source && (
        <p className="in faint">
          Same facts and same decision as <span className="mono">{shortId("A", source.id)}</span> of
          this session.
        </p>
      )}
    </Panel>
  );
}
