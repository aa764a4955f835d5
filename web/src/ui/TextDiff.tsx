import { useMemo } from "react";
import { type DiffLine, type LineKind, readUnified } from "../text/diff";
import { Revealed } from "./Revealed";

const SIGN: Record<LineKind, string> = { add: "+", del: "−", same: "", hunk: "" };

/** A unified diff, line by line. */
export function TextDiff({ text }: { text: string }) {
  const lines = useMemo(() => readUnified(text), [text]);
  return <DiffTable lines={lines} />;
}

/** Lines of two texts; the sign says which, the colour repeats it. */
export function DiffTable({ lines }: { lines: DiffLine[] }) {
  return (
    <table className="text-diff">
      <caption className="sr-only">Lines taken away and added</caption>
      <tbody>
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
          <tr key={index} data-kind={line.kind}>
            <td className="faint">{line.before}</td>
            <td className="faint">{line.after}</td>
            <td>{SIGN[line.kind]}</td>
            <td>
              <Revealed text={line.text} mode="code" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
