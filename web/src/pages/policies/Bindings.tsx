import type { BindingView, Id, Policy, Selector } from "../../api/types";
import { Button } from "../../ui/Button";
import { LabelList, NameList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { StagePill } from "../../ui/Pill";

/** What a binding covers, in labels; nothing named means everything. */
export function Covers({ selector }: { selector: Selector }) {
  const { principals, targets, operations } = selector;
  const who = [
    ...(principals?.kinds ?? []).map((k) => `kind=${k}`),
    ...(principals?.names ?? []),
    ...(principals?.groups ?? []).map((g) => `group=${g}`),
  ];
  const where = [...(targets?.kinds ?? []).map((k) => `kind=${k}`), ...(targets?.names ?? [])];
  const labels = targets?.labels ?? {};
  const some = where.length > 0 || Object.keys(labels).length > 0;
  return (
    <span className="covers">
      <span className="faint">on</span>
      {some ? (
        <>
          {where.length > 0 && <NameList names={where} />}
          {Object.keys(labels).length > 0 && <LabelList labels={labels} />}
        </>
      ) : (
        <span>every target</span>
      )}
      <span className="faint">by</span>
      {who.length > 0 ? <NameList names={who} /> : <span>every principal</span>}
      {operations && operations.length > 0 && <NameList names={operations} />}
    </span>
  );
}

interface Props {
  policy: Policy;
  selected: Id | undefined;
  onSelect: (id: Id) => void;
  onAdd?: () => void;
}

function Row({
  binding,
  selected,
  onSelect,
}: {
  binding: BindingView;
  selected: boolean;
  onSelect: () => void;
}) {
  return (
    <tr aria-selected={selected}>
      <td>
        <StagePill stage={binding.stage} percent={binding.canary_percent} />
      </td>
      <td className="nowrap" title={binding.digest}>
        <b>v{binding.version}</b>
      </td>
      <td>
        <Covers selector={binding.selector} />
      </td>
      <td className="num">{binding.position}</td>
      <td className="num faint">
        <Moment at={binding.updated_at} />
      </td>
      <td className="num">
        <Button small data-row aria-pressed={selected} onClick={onSelect}>
          Settings
        </Button>
      </td>
    </tr>
  );
}

export function Bindings({ policy, selected, onSelect, onAdd }: Props) {
  return (
    <Panel
      title="Bound to"
      aside={
        onAdd && (
          <Button small onClick={onAdd}>
            Bind…
          </Button>
        )
      }
      flush
    >
      {policy.bindings.length === 0 ? (
        <p className="in muted">Nothing.</p>
      ) : (
        <table className="pick">
          <thead>
            <tr>
              <th>Stage</th>
              <th>Version</th>
              <th>Covers</th>
              <th className="num">Position</th>
              <th className="num">Changed</th>
              <th>
                <span className="sr-only">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {policy.bindings.map((binding) => (
              <Row
                key={binding.id}
                binding={binding}
                selected={binding.id === selected}
                onSelect={() => onSelect(binding.id)}
              />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
