import { useState } from "react";
import { SelectField, TextField } from "../../ui/Field";
import { firstPreset, OTHER, presets, secondsOf } from "./duration";

/** A duration that is chosen or typed; `seconds` is undefined while what is typed is none. */
export function useDuration(most: number | null | undefined) {
  const [chosen, setChosen] = useState<string>();
  const [minutes, setMinutes] = useState("45");
  const preset = chosen ?? firstPreset(most);
  const seconds = preset === OTHER ? secondsOf(minutes) : Number(preset);
  return { preset, setChosen, minutes, setMinutes, seconds, most };
}

interface Props {
  duration: ReturnType<typeof useDuration>;
  error?: string;
}

export function DurationField({ duration, error }: Props) {
  const { preset, setChosen, minutes, setMinutes, most } = duration;
  return (
    <>
      <SelectField
        label="For"
        value={preset}
        options={presets(most)}
        error={error}
        onChange={setChosen}
      />
      {preset === OTHER && (
        <TextField
          label="Minutes"
          type="number"
          min={1}
          max={most ? Math.floor(most / 60) : undefined}
          required
          value={minutes}
          onChange={setMinutes}
        />
      )}
    </>
  );
}
