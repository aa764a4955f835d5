import type { Parameter } from "../api/types";
import { describeParameter } from "../text/describe";
import { LongText } from "../ui/LongText";

/** The values bound to `$1`, `$2`, …. */
export function Parameters({ parameters }: { parameters: Parameter[] }) {
  return (
    <table className="parameters">
      <thead className="sr-only">
        <tr>
          <th>Parameter</th>
          <th>Value</th>
        </tr>
      </thead>
      <tbody>
        {parameters.map((parameter, index) => {
          const { text, note } = describeParameter(parameter);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a parameter is known by its place
            <tr key={index}>
              <td className="mono tok-parameter">${index + 1}</td>
              <td className="mono break">
                {note === "null" ? <span className="faint">NULL</span> : <LongText text={text} />}
                {note && note !== "null" && <span className="faint"> {note}</span>}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
