import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { explainedAction } from "../../api/queries";
import type { ExplainedAction, ExplainedPolicy } from "../../api/types";
import { Effects } from "../../record/Effects";
import { GrantMark } from "../../record/GrantMark";
import { Parameters } from "../../record/Parameters";
import { HostCalls } from "../../record/policies";
import { RequestView } from "../../record/Request";
import { Settings } from "../../record/Settings";
import { describeActor } from "../../text/describe";
import { formatCount, formatMoment, shortId } from "../../text/format";
import { LabelList } from "../../ui/LabelList";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { EffectPill, OutcomePill, StagePill, saidBy } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { Scroll } from "../../ui/Scroll";
import { SqlBlock } from "../../ui/Sql";
import { QueryView } from "../../ui/States";
import { TopBar } from "../../ui/TopBar";
import { TimeSpent } from "../sessions/TimeSpent";
import "./actions.css";

function PolicyPanel({ policy }: { policy: ExplainedPolicy }) {
  const said = saidBy(policy);
  const calls = policy.host_calls;
  const lines = calls.filter((call) => "log" in call);
  const asked = calls.filter((call) => !("log" in call));
  return (
    <Panel
      title={
        <>
          {policy.policy} <span className="faint">v{policy.version}</span>
        </>
      }
      aside={
        <span className="row wrap">
          <span>{policy.micros === 0 ? "cached" : `${formatCount(policy.micros)} µs`}</span>
          <StagePill stage={policy.stage} />
          <OutcomePill outcome={policy} />
        </span>
      }
    >
      <Facts>
        <Fact name="Reason">
          <Revealed text={policy.reason || said.reason || "It said nothing more."} />
        </Fact>
        <Fact name="Asked">{asked.length > 0 && <HostCalls calls={asked} />}</Fact>
        <Fact name="Logged">{lines.length > 0 && <HostCalls calls={lines} />}</Fact>
        <Fact name="Settings">
          <Settings settings={policy.settings} />
        </Fact>
      </Facts>
    </Panel>
  );
}

/** The grant that it was under, as its records say. */
const grantOf = ({ events }: ExplainedAction) =>
  events.flatMap((event) => ("grant" in event && event.grant) || []).at(0);

/** Obeyed first, in the order of evaluation; then what would have been. */
function split(policies: ExplainedPolicy[]) {
  const obeyed = policies.filter((p) => p.stage === "enforced" || p.stage === "canary");
  return { obeyed, shadow: policies.filter((p) => !obeyed.includes(p)) };
}

function Loaded({ actionId, action }: { actionId: string; action: ExplainedAction }) {
  const { obeyed, shadow } = split(action.policies);
  const { decision, operation } = action;
  const grant = grantOf(action);
  return (
    <Scroll className="scrolls" label="Explanation">
      <div className="page">
        <Panel
          title={
            <>
              Action <span className="mono">{shortId("A", actionId)}</span>
            </>
          }
          aside={
            <span className="row wrap">
              {decision && <span>set {decision.bundle_revision}</span>}
              <EffectPill effect={decision?.effect} />
            </span>
          }
          flush
        >
          <Scroll className="statement">
            {operation?.request ? (
              <RequestView request={operation.request} />
            ) : operation?.text ? (
              <SqlBlock text={operation.text} />
            ) : (
              <span className="faint">The text is not in the record.</span>
            )}
          </Scroll>
          {operation && operation.parameters.length > 0 && (
            <Parameters parameters={operation.parameters} />
          )}
          {decision?.reasons.map((reason) => (
            <p key={reason} className="in break">
              <Revealed text={reason} />
            </p>
          ))}
          {decision?.by_default && (
            <p className="in muted">Every policy abstained. The target's default decided.</p>
          )}
        </Panel>
        <div
          className="explained"
          data-both={(obeyed.length > 0 && shadow.length > 0) || undefined}
        >
          <section className="stack" aria-label="Obeyed">
            <h2 className="column-head">Obeyed</h2>
            {obeyed.length === 0 && <p className="muted">No policy.</p>}
            {obeyed.map((policy) => (
              <PolicyPanel key={policy.binding} policy={policy} />
            ))}
          </section>
          {shadow.length > 0 && (
            <section className="stack" aria-label="In shadow">
              <h2 className="column-head">In shadow: what it would have been</h2>
              {shadow.map((policy) => (
                <PolicyPanel key={policy.binding} policy={policy} />
              ))}
            </section>
          )}
        </div>
        {action.facts && <Effects facts={action.facts} obligations={decision?.obligations} />}
        <TimeSpent timing={action.timing} />
        <Panel title="Who and where">
          <Facts>
            <Fact name="Principal">
              <Revealed text={describeActor(action.principal)} />
            </Fact>
            <Fact name="Claims">
              {Object.keys(action.principal.claims ?? {}).length > 0 && (
                <LabelList labels={action.principal.claims} />
              )}
            </Fact>
            <Fact name="Target">
              <Revealed text={action.target.name} /> <LabelList labels={action.target.labels} />
            </Fact>
            <Fact name="Grant">{grant && <GrantMark grant={grant} />}</Fact>
            <Fact name="Edge">{action.edge.name}</Fact>
            <Fact name="When">{formatMoment(new Date(action.at))}</Fact>
            <Fact name="Review">
              {action.review_id && (
                <Link to="/reviews/$reviewId" params={{ reviewId: action.review_id }}>
                  {shortId("R", action.review_id)}
                </Link>
              )}
            </Fact>
          </Facts>
        </Panel>
      </div>
    </Scroll>
  );
}

/** Why an action was decided as it was: every bound policy with what it knew and said. */
export function ActionPage() {
  const { actionId } = useParams({ from: "/shell/actions/$actionId" });
  const query = useQuery(explainedAction(actionId));
  return (
    <>
      <TopBar
        title={`Why ${shortId("A", actionId)}?`}
        sub={
          query.data && (
            <Revealed text={`${describeActor(query.data.principal)} → ${query.data.target.name}`} />
          )
        }
      >
        {query.data && (
          <Link
            to="/sessions/$sessionId"
            params={{ sessionId: query.data.session_id }}
            search={{ action: actionId }}
            className="btn"
          >
            In its session
          </Link>
        )}
      </TopBar>
      <QueryView query={query} lines={8}>
        {(action) => <Loaded actionId={actionId} action={action} />}
      </QueryView>
    </>
  );
}
