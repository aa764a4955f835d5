import { formatMoment, formatRelative } from "../text/format";
import { useTimeText } from "./now";

/** A relative time; the absolute one is on the element. */
export function Moment({ at, prefix }: { at: string; prefix?: string }) {
  const date = new Date(at);
  const text = useTimeText((now) => formatRelative(date, new Date(now)));
  return (
    <time dateTime={at} title={formatMoment(date)} className="nowrap">
      {prefix}
      {text}
    </time>
  );
}
