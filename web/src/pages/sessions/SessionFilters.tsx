import { useQuery } from "@tanstack/react-query";
import { principals, targets } from "../../api/queries";
import { grantId } from "../../text/access";
import { KIND_WORD, TARGET_KINDS } from "../../text/targets";
import { Button } from "../../ui/Button";
import { EFFECTS, PERIODS, type Period, type SessionSearch } from "./search";

interface Props {
  search: SessionSearch;
  onChange: (search: SessionSearch) => void;
}

const PERIOD_WORD: Record<Period, string> = {
  hour: "last hour",
  day: "last day",
  week: "last week",
  month: "last 30 days",
};
const EFFECT_WORD = { allow: "allowed", mask: "masked", review: "held", deny: "denied" };

function Choice({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string | undefined;
  options: [string, string][];
  onChange: (value: string | undefined) => void;
}) {
  return (
    <select
      className="input"
      aria-label={label}
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value || undefined)}
    >
      {options.map(([each, word]) => (
        <option key={each} value={each}>
          {word}
        </option>
      ))}
    </select>
  );
}

export function SessionFilters({ search, onChange }: Props) {
  const principalList = useQuery(principals());
  const targetList = useQuery(targets());
  const set = (change: SessionSearch) => onChange({ ...search, ...change });
  const named = (list: { name: string }[] | undefined, current: string | undefined) => {
    const names = list?.map((each) => each.name) ?? [];
    // A principal that was removed still has sessions.
    if (current && !names.includes(current)) names.unshift(current);
    return names.map((name): [string, string] => [name, name]);
  };
  const filtered = Object.entries(search).some(
    ([key, value]) => key !== "q" && value !== undefined,
  );
  return (
    <div className="toolbar" role="group" aria-label="Filters">
      <Choice
        label="Principal"
        value={search.principal}
        options={[["", "any principal"], ...named(principalList.data, search.principal)]}
        onChange={(principal) => set({ principal })}
      />
      <Choice
        label="Target"
        value={search.target}
        options={[["", "any target"], ...named(targetList.data, search.target)]}
        onChange={(target) => set({ target })}
      />
      <Choice
        label="Kind"
        value={search.kind}
        options={[
          ["", "any kind"],
          ...TARGET_KINDS.map((kind): [string, string] => [kind, KIND_WORD[kind]]),
        ]}
        onChange={(kind) => set({ kind: TARGET_KINDS.find((k) => k === kind) })}
      />
      <Choice
        label="Verdict"
        value={search.effect}
        options={[
          ["", "any verdict"],
          ...EFFECTS.map((e): [string, string] => [e, `with ${EFFECT_WORD[e]}`]),
        ]}
        onChange={(effect) => set({ effect: EFFECTS.find((e) => e === effect) })}
      />
      <Choice
        label="State"
        value={search.open === undefined ? undefined : String(search.open)}
        options={[
          ["", "open or closed"],
          ["true", "open"],
          ["false", "closed"],
        ]}
        onChange={(open) => set({ open: open === undefined ? undefined : open === "true" })}
      />
      <Choice
        label="Began"
        value={search.period}
        options={[
          ["", "any time"],
          ...(Object.keys(PERIODS) as Period[]).map((p): [string, string] => [p, PERIOD_WORD[p]]),
        ]}
        onChange={(period) => set({ period: period as Period | undefined })}
      />
      {search.grant && (
        <Button small onClick={() => set({ grant: undefined })}>
          Under {grantId(search.grant)} ×
        </Button>
      )}
      {filtered && (
        <Button small onClick={() => onChange({ q: search.q })}>
          Clear
        </Button>
      )}
    </div>
  );
}
