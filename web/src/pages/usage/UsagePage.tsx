import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { usage } from "../../api/queries";
import type { UsageReport } from "../../api/types";
import { formatCount, plural } from "../../text/format";
import { Panel } from "../../ui/Panel";
import { Revealed } from "../../ui/Revealed";
import { Scroll } from "../../ui/Scroll";
import { Blank, QueryView } from "../../ui/States";
import { TopBar } from "../../ui/TopBar";
import { barOf, DAYS, GROUPS, type Group, moneyOf, nameOf, type UsageSearch } from "./totals";
import "./usage.css";

const GROUP_WORD: Record<Group, string> = {
  principal: "Who asked",
  target: "Target",
  model: "Model",
  grant: "Grant",
};
const DAY = 86_400_000;

function Total({ total }: { total: UsageReport["total"] }) {
  const numbers = [
    ["Answers", total.answers],
    ["Tokens in", total.input ?? 0],
    ["of them cached", total.cached ?? 0],
    ["Tokens out", total.output ?? 0],
  ] as const;
  const cost = moneyOf(total.cost_micro_dollars);
  return (
    <Panel>
      <dl className="totals">
        {numbers.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{formatCount(value)}</dd>
          </div>
        ))}
        {cost && (
          <div>
            <dt>Cost</dt>
            <dd>{cost}</dd>
          </div>
        )}
      </dl>
    </Panel>
  );
}

function Groups({ report, by }: { report: UsageReport; by: Group }) {
  if (report.groups.length === 0) {
    return (
      <Blank title="No model answered in this time.">
        Tokens are counted as providers count them, when an answer says so.
      </Blank>
    );
  }
  const priced = report.groups.some((group) => group.cost_micro_dollars != null);
  return (
    <table className="usage">
      <thead>
        <tr>
          <th>{GROUP_WORD[by]}</th>
          <th className="share">
            <span className="sr-only">Share</span>
          </th>
          <th className="num">Answers</th>
          <th className="num">In</th>
          <th className="num cached">Cached</th>
          <th className="num">Out</th>
          {priced && <th className="num">Cost</th>}
        </tr>
      </thead>
      <tbody>
        {report.groups.map((group) => (
          <tr key={group.key}>
            <td className="break">
              <Revealed text={nameOf(by, group)} />
            </td>
            <td className="share" aria-hidden="true">
              <b style={{ width: `${barOf(group, report.groups)}%` }} />
            </td>
            <td className="num">{formatCount(group.answers)}</td>
            <td className="num">{formatCount(group.input ?? 0)}</td>
            <td className="num cached">{formatCount(group.cached ?? 0)}</td>
            <td className="num">{formatCount(group.output ?? 0)}</td>
            {priced && (
              <td className="num">
                {moneyOf(group.cost_micro_dollars) ?? <span className="faint">no price</span>}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Tokens of models: whose, where, of which model, under which grant. */
export function UsagePage() {
  const search = useSearch({ from: "/shell/usage" });
  const navigate = useNavigate({ from: "/usage" });
  const { by = "principal", days = 30 } = search;
  const [openedAt] = useState(() => Date.now());
  // To the hour: tokens are kept by the hour, and the same question is the same query.
  const since = new Date(Math.floor((openedAt - days * DAY) / 3_600_000) * 3_600_000);
  const query = useQuery(usage(by, since.toISOString()));
  const set = (change: UsageSearch) =>
    void navigate({ search: { ...search, ...change }, replace: true });
  return (
    <>
      <TopBar title="Usage" sub="Tokens of models, as their providers count them">
        <select
          className="input"
          aria-label="Time"
          value={days}
          onChange={(event) => set({ days: Number(event.target.value) })}
        >
          {DAYS.map((each) => (
            <option key={each} value={each}>
              last {plural(each, "day")}
            </option>
          ))}
        </select>
      </TopBar>
      <Scroll className="scrolls" label="Usage">
        <div className="page">
          <QueryView query={query} lines={6}>
            {(report) => (
              <>
                <Total total={report.total} />
                <Panel
                  title={`By ${by}`}
                  aside={
                    <span className="tabs" role="group" aria-label="Told by">
                      {GROUPS.map((group) => (
                        <button
                          key={group}
                          type="button"
                          aria-pressed={group === by}
                          onClick={() => set({ by: group })}
                        >
                          {group}
                        </button>
                      ))}
                    </span>
                  }
                  flush
                >
                  <Groups report={report} by={by} />
                </Panel>
              </>
            )}
          </QueryView>
          <p className="faint">
            Costs are by the prices in the settings of the budget policies that are bound now;
            without any, only tokens are told.
          </p>
        </div>
      </Scroll>
    </>
  );
}
