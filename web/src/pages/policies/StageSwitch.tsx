import type { Stage } from "../../api/types";

const STAGES: { stage: Stage; text: string }[] = [
  { stage: "shadow", text: "Judged and logged, not obeyed." },
  { stage: "enforced", text: "Obeyed." },
];

export function StageSwitch({
  stage,
  onChange,
}: {
  stage: Stage;
  onChange: (stage: Stage) => void;
}) {
  return (
    <fieldset className="field">
      <legend>Stage</legend>
      <div className="choices">
        {STAGES.map((each) => (
          <label key={each.stage} className="check">
            <input
              type="radio"
              name="stage"
              checked={stage === each.stage}
              onChange={() => onChange(each.stage)}
            />
            <span>
              {each.stage} <span className="faint">{each.text}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
