import type { Policy } from "../../api/types";
import { LabelList, NameList } from "../../ui/LabelList";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { Pill, type Tone } from "../../ui/Pill";
import { SqlLine } from "../../ui/Sql";

const TONES: Record<string, Tone> = {
  allow: "allow",
  mask: "mask",
  review: "review",
  deny: "deny",
};

/** What the newest version says of itself, with the cases it is tested by. */
export function About({ manifest }: { manifest: Policy["manifest"] }) {
  const cases = manifest.cases ?? [];
  const counters = manifest.counters ?? [];
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
        </Facts>
      </div>
      {cases.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>Verdict</th>
              <th>Case</th>
              <th>Where</th>
              <th>Statement</th>
            </tr>
          </thead>
          <tbody>
            {cases.map((each) => (
              <tr key={each.name}>
                <td>
                  <Pill tone={TONES[each.verdict] ?? "shadow"}>{each.verdict}</Pill>
                </td>
                <td>{each.name}</td>
                <td>
                  <LabelList labels={each.labels} none="anywhere" />
                </td>
                <td style={{ maxWidth: 320 }} className="clip">
                  <SqlLine text={each.sql} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
