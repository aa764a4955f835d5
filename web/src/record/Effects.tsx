import type { EntityCount, Obligations, SqlFacts, SqlStatement } from "../api/types";
import { describeLimits, describeMask, describeStyle } from "../text/describe";
import { formatCount } from "../text/format";
import { Fact, Facts, Panel } from "../ui/Panel";
import { Pill, type Tone } from "../ui/Pill";
import { Revealed } from "../ui/Revealed";

const CLASS_TONE: Record<SqlStatement["class"], Tone> = {
  read: "allow",
  tx: "shadow",
  session: "shadow",
  write: "review",
  admin: "review",
  destructive: "deny",
  exec: "deny",
  unknown: "deny",
};

function Names({ names }: { names: string[] }) {
  return (
    <span className="mono">
      <Revealed text={names.join(", ")} mode="code" />
    </span>
  );
}

const names = (list: string[] | undefined) => (list?.length ? <Names names={list} /> : undefined);

const columns = (list: { table: string; name: string }[] | undefined) =>
  names(list?.map(({ table, name }) => (table ? `${table}.${name}` : name)));

function StatementFacts({ statement }: { statement: SqlStatement }) {
  return (
    <Facts>
      <Fact name="Class">
        <span className="row wrap">
          <Pill tone={CLASS_TONE[statement.class]}>{statement.class}</Pill>
          {statement.unbounded_write && <Pill tone="deny">no effective WHERE</Pill>}
          {statement.unbounded_read && <Pill tone="review">reads without a bound</Pill>}
        </span>
      </Fact>
      <Fact name="Does">{statement.operations.join(", ").replaceAll("_", " ")}</Fact>
      <Fact name="Writes">{names(statement.tables_written)}</Fact>
      <Fact name="Reads">{names(statement.tables_read)}</Fact>
      <Fact name="Columns">{columns(statement.columns_read)}</Fact>
      <Fact name="Rows by">{columns(statement.columns_filtered)}</Fact>
      <Fact name="Calls">{names(statement.functions)}</Fact>
      <Fact name="Changes">{names(statement.settings_changed)}</Fact>
    </Facts>
  );
}

function Conditions({ obligations }: { obligations: Obligations }) {
  const masks = obligations.masks ?? [];
  const limits = describeLimits(obligations);
  if (masks.length === 0 && limits.length === 0) return null;
  return (
    <div className="conditions">
      <b>When it runs</b>
      {masks.map((mask) => (
        <span key={describeMask(mask)}>
          <span className="masked mono">{describeMask(mask)}</span> masked:{" "}
          {describeStyle(mask.style)}
        </span>
      ))}
      {limits.map((limit) => (
        <span key={limit}>{limit}</span>
      ))}
    </div>
  );
}

interface Props {
  facts: SqlFacts;
  obligations?: Obligations;
}

/** What the parser knows of it. */
export function Effects({ facts, obligations }: Props) {
  return (
    <Panel title="What it does" aside="from the parsed text" flush>
      {facts.statements.length === 0 && <p className="in muted">Nothing: the text is empty.</p>}
      {facts.statements.map((statement, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a statement is known by its place
        <div key={index} className="effect">
          {facts.statements.length > 1 && <b className="faint">Statement {index + 1}</b>}
          <StatementFacts statement={statement} />
        </div>
      ))}
      {obligations && <Conditions obligations={obligations} />}
    </Panel>
  );
}

/** What is known of an operation that is not SQL. */
export function RequestEffects({
  kind,
  findings,
  obligations,
}: {
  kind: SqlStatement["class"];
  findings: EntityCount[];
  obligations?: Obligations;
}) {
  return (
    <Panel title="What it does" flush>
      <div className="effect">
        <Facts>
          <Fact name="Class">
            <Pill tone={CLASS_TONE[kind]}>{kind}</Pill>
          </Fact>
          <Fact name="Contains">
            {findings.length > 0 ? (
              <span className="labels">
                {findings.map(({ entity, count }) => (
                  <Pill key={entity} tone="review">
                    {formatCount(count)} {entity}
                  </Pill>
                ))}
              </span>
            ) : (
              <span className="faint">Nothing that the detectors know.</span>
            )}
          </Fact>
        </Facts>
      </div>
      {obligations && <Conditions obligations={obligations} />}
    </Panel>
  );
}
