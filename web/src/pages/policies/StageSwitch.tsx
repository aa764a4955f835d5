import type { Stage } from "../../api/types";

const TEXT: Record<Stage, string> = {
  draft: "Kept here, on no edge.",
  shadow: "Judged and logged, not obeyed.",
  canary: "Obeyed in a part of the sessions.",
  enforced: "Obeyed.",
};

interface Props {
  stage: Stage;
  stages: Stage[];
  onChange: (stage: Stage) => void;
}

export function StageSwitch({ stage, stages, onChange }: Props) {
  return (
    <fieldset className="field">
      <legend>Stage</legend>
      <div className="choices column">
        {stages.map((each) => (
          <label key={each} className="check">
            <input
              type="radio"
              name="stage"
              checked={stage === each}
              onChange={() => onChange(each)}
            />
            <span>
              {each} <span className="faint">{TEXT[each]}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
