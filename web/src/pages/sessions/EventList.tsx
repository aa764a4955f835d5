import { useEffect, useRef } from "react";
import { formatClockTenths, formatMicros } from "../../text/format";
import { kindOf, wordOf as wordOfKind } from "../../text/operation";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { SqlLine } from "../../ui/Sql";
import { type Entry, type NoteEntry, toneOf, totalMicros } from "./replay";
import { useWindow } from "./useWindow";

const ROW = 36;

const NOTE_WORD: Record<NoteEntry["note"], string> = {
  opened: "opened",
  closed: "closed",
  violation: "violation",
  review: "review",
  tool: "tool",
};

function wordOf(entry: Entry): string {
  if (entry.kind === "note") return entry.state ?? NOTE_WORD[entry.note];
  return entry.effect ?? "undecided";
}

function Took({ entry }: { entry: Entry }) {
  if (entry.kind === "note") return null;
  if (entry.status === "unknown" || entry.status === "held" || entry.status === "failed") {
    return <span className="attention">{entry.status}</span>;
  }
  if (entry.status === "running") return "…";
  const micros = totalMicros(entry.timing);
  return micros > 0 ? formatMicros(micros) : "";
}

function Text({ entry }: { entry: Entry }) {
  if (entry.kind === "action") {
    const { request, text } = entry.operation;
    if (!request) return <SqlLine text={text} />;
    return (
      <span className="sql-line">
        <span className="faint">{wordOfKind(kindOf(request))}</span>{" "}
        <Revealed text={text.slice(0, 1000).replaceAll(/\s+/g, " ")} />
      </span>
    );
  }
  const by = entry.by ? `by ${entry.by}` : "";
  const said = entry.text ? (by ? `: “${entry.text}”` : entry.text) : "";
  return (
    <span className="sql-line muted">
      <Revealed text={entry.note === "tool" ? entry.text : `${by}${said}`.replaceAll("_", " ")} />
    </span>
  );
}

interface Props {
  entries: Entry[];
  selected: number;
  onSelect: (index: number) => void;
}

/** Everything in order. Only the rows on the screen are drawn. */
export function EventList({ entries, selected, onSelect }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const { from, to } = useWindow(ref, ROW, entries.length);

  useEffect(() => {
    const box = ref.current;
    if (!box || selected < 0) return;
    const top = selected * ROW;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + ROW > box.scrollTop + box.clientHeight)
      box.scrollTop = top + ROW - box.clientHeight;
  }, [selected]);

  return (
    <div
      ref={ref}
      className="events"
      role="listbox"
      tabIndex={0}
      aria-label="Events"
      aria-activedescendant={selected >= from && selected < to ? `event-${selected}` : undefined}
      onKeyDown={(event) => {
        if (event.key === "ArrowDown") onSelect(selected + 1);
        else if (event.key === "ArrowUp") onSelect(selected - 1);
        else return;
        event.preventDefault();
      }}
    >
      <div role="presentation" style={{ height: entries.length * ROW, position: "relative" }}>
        {entries.slice(from, to).map((entry, offset) => {
          const index = from + offset;
          return (
            // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and says which option is active
            // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
            <div
              key={entry.key}
              id={`event-${index}`}
              role="option"
              aria-selected={index === selected}
              aria-setsize={entries.length}
              aria-posinset={index + 1}
              className="event"
              style={{ top: index * ROW, height: ROW }}
              onClick={() => onSelect(index)}
            >
              <span className="mono faint">{formatClockTenths(new Date(entry.at))}</span>
              <Pill tone={toneOf(entry)}>{wordOf(entry)}</Pill>
              <Text entry={entry} />
              <span className="mono faint num">
                <Took entry={entry} />
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
