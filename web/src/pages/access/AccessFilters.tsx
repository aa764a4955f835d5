import { useQuery } from "@tanstack/react-query";
import { principals, targets } from "../../api/queries";
import { GRANT_WORD } from "../../text/access";
import { Button } from "../../ui/Button";
import { type AccessSearch, STATES } from "./search";

interface Props {
  search: AccessSearch;
  onChange: (search: AccessSearch) => void;
}

interface ChoiceProps {
  label: string;
  none: string;
  value: string | undefined;
  names: string[];
  onChange: (value: string | undefined) => void;
}

function Choice({ label, none, value, names, onChange }: ChoiceProps) {
  // What was removed still has grants.
  const all = value && !names.includes(value) ? [value, ...names] : names;
  return (
    <select
      className="input"
      aria-label={label}
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value || undefined)}
    >
      <option value="">{none}</option>
      {all.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

/** Which grants of everybody are listed. */
export function AccessFilters({ search, onChange }: Props) {
  const principalList = useQuery(principals());
  const targetList = useQuery(targets());
  const set = (change: AccessSearch) => onChange({ ...search, ...change });
  const filtered = search.state || search.principal || search.target;
  return (
    <div className="filters" role="group" aria-label="Filters">
      <select
        className="input"
        aria-label="State"
        value={search.state ?? ""}
        onChange={(event) => set({ state: STATES.find((state) => state === event.target.value) })}
      >
        <option value="">any state</option>
        {STATES.map((state) => (
          <option key={state} value={state}>
            {GRANT_WORD[state]}
          </option>
        ))}
      </select>
      <Choice
        label="Principal"
        none="any principal"
        value={search.principal}
        names={principalList.data?.map((p) => p.name) ?? []}
        onChange={(principal) => set({ principal })}
      />
      <Choice
        label="Target"
        none="any target"
        value={search.target}
        names={targetList.data?.map((t) => t.name) ?? []}
        onChange={(target) => set({ target })}
      />
      {filtered && (
        <Button small onClick={() => onChange({ all: true })}>
          Clear
        </Button>
      )}
    </div>
  );
}
