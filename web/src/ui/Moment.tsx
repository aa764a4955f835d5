import { formatMoment, formatRelative } from "../text/format";
import { useNow } from "./now";

/** A relative time; the absolute one is on the element. */
export function Moment({ at, prefix }: { at: string; prefix?: string }) {
  const now = useNow();
  const date = new Date(at);
  return (
    <time dateTime={at} title={formatMoment(date)} className="nowrap">
      {prefix}
      {formatRelative(date, new Date(now))}
    </time>
  );
}
