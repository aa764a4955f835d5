import type { Policy } from "../../api/types";
import { lineOf } from "../../text/operation";
import { toneOfVerdict } from "../../text/verdict";
import { LabelList, NameList } from "../../ui/LabelList";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { SqlLine } from "../../ui/Sql";

/** What the newest version says of itself, with the cases it is tested by. */
export function About({ manifest }: { manifest: Policy["manifest"] }) {
  const cases = manifest.cases ?? [];
  const counters = manifest.counters ?? [];
  const documents = manifest.documents ?? [];
  return (
    <Panel title="What it says of itself" aside={`${manifest.name} ${manifest.version}`} flush>
      <div className="in">
        <Facts>
          <Fact name="Handles">
            <NameList names={manifest.operations} />
          </Fact>
          <Fact name="Counts">
            {counters.length > 0 && (
              <ul>
                {counters.map((counter) => (
                  <li key={counter.prefix}>
                    <code>{counter.prefix}</code>{" "}
                    <span className="muted">{counter.description}</span>
                  </li>
                ))}
              </ul>
            )}
          </Fact>
          <Fact name="Looks up">
            {documents.length > 0 && (
              <ul>
                {documents.map((document) => (
                  <li key={document.name}>
                    <code>{document.name}</code>{" "}
                    <span className="muted">{document.description}</span>
                  </li>
                ))}
              </ul>
            )}
          </Fact>
          <Fact name="Filters">{manifest.filters && "what is returned, chunk by chunk"}</Fact>
        </Facts>
      </div>
      {cases.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>Verdict</th>
              <th>Case</th>
              <th>Where</th>
              <th>Action</th>
            </tr>
          </thead>
          <tbody>
            {cases.map((each) => (
              <tr key={each.name}>
                <td>
                  <Pill tone={toneOfVerdict(each.verdict)}>{each.verdict}</Pill>
                </td>
                <td>{each.name}</td>
                <td>
                  <LabelList labels={each.labels} none="anywhere" />
                </td>
                <td style={{ maxWidth: 320 }} className="clip">
                  {"sql" in each ? (
                    <SqlLine text={each.sql} />
                  ) : (
                    <code>
                      <Revealed text={lineOf(each)} mode="code" />
                    </code>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
