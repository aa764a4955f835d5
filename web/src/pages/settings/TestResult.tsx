import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { providerTest } from "../../api/accessQueries";
import type { ProviderTest } from "../../api/types";
import { roleWord } from "../../text/access";
import { LabelList, NameList } from "../../ui/LabelList";
import { LongText } from "../../ui/LongText";
import { Moment } from "../../ui/Moment";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { QueryView } from "../../ui/States";

type Result = NonNullable<ProviderTest["result"]>;

const show = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** What the provider said of whoever signed in to it. */
function Claims({ claims }: Pick<Result, "claims">) {
  return (
    <table>
      <thead>
        <tr>
          <th>Claim</th>
          <th>Value</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(claims).map(([name, value]) => (
          <tr key={name}>
            <td className="mono">
              <Revealed text={name} />
            </td>
            <td className="mono break">
              <LongText text={show(value)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Nothing has come back: the sign-in at the provider was left, or is still open. */
function Waiting({ test }: { test: ProviderTest }) {
  return (
    <Panel title="What came back" aside={<Moment at={test.started_at} />}>
      <p className="muted">
        Nothing yet. Finish the sign-in at the provider, or{" "}
        <Link to="/settings/sign-in" search={{}}>
          leave it
        </Link>
        .
      </p>
    </Panel>
  );
}

function Loaded({ at, result }: { at: string; result: Result }) {
  const good = result.problems.length === 0 && result.roles.length > 0;
  return (
    <Panel
      title="What came back"
      aside={
        <span className="row wrap">
          <Moment at={at} />
          <Pill tone={good ? "allow" : "deny"}>{good ? "it works" : "it does not work"}</Pill>
          <Link to="/settings/sign-in" search={{}}>
            close
          </Link>
        </span>
      }
      flush
    >
      <div className="in stack">
        {result.problems.map((problem) => (
          <div key={problem.code + problem.detail} className="note break" data-tone="deny">
            <Revealed text={problem.detail} />
            <div className="faint mono">{problem.code}</div>
          </div>
        ))}
        <Facts>
          <Fact name="Roles">
            {result.roles.length > 0 ? (
              <NameList names={result.roles.map(roleWord)} />
            ) : (
              <span className="error">none: they would be refused</span>
            )}
          </Fact>
          <Fact name="Groups">
            <NameList names={result.groups} />
          </Fact>
          <Fact name="Decides on">
            {result.review_scope && <LabelList labels={result.review_scope} />}
          </Fact>
        </Facts>
        <p className="muted">
          Nobody was signed in by this test. What came back is forgotten ten minutes after it began.
        </p>
      </div>
      {Object.keys(result.claims).length > 0 && <Claims claims={result.claims} />}
    </Panel>
  );
}

/** The outcome of a test sign-in. */
export function TestResult({ id }: { id: string }) {
  const query = useQuery(providerTest(id));
  return (
    <div aria-live="polite">
      <QueryView query={query} lines={5}>
        {(test) =>
          test.result ? (
            <Loaded at={test.started_at} result={test.result} />
          ) : (
            <Waiting test={test} />
          )
        }
      </QueryView>
    </div>
  );
}
