import { formatCount, formatMicros } from "../../text/format";
import { Button } from "../../ui/Button";
import { Pill } from "../../ui/Pill";
import type { Summary } from "./replay";
import { type Playback, SPEEDS, type Speed } from "./usePlayback";

export function Controls({ playback, summary }: { playback: Playback; summary: Summary }) {
  return (
    <div className="controls">
      <Button onClick={() => playback.step(-1)} aria-label="Back one step">
        <span aria-hidden="true">|◀</span>
      </Button>
      <Button onClick={playback.toggle}>
        <span aria-hidden="true">{playback.playing ? "❚❚" : "▶"}</span>
        {playback.playing ? "Pause" : "Play"}
      </Button>
      <Button onClick={() => playback.step(1)} aria-label="On one step">
        <span aria-hidden="true">▶|</span>
      </Button>
      <select
        className="input"
        aria-label="Speed"
        value={playback.speed}
        onChange={(event) => playback.setSpeed(Number(event.target.value) as Speed)}
      >
        {SPEEDS.map((speed) => (
          <option key={speed} value={speed}>
            {speed}×
          </option>
        ))}
      </select>
      <label className="check muted">
        <input
          type="checkbox"
          checked={playback.skipIdle}
          onChange={(event) => playback.setSkipIdle(event.target.checked)}
        />
        skip idle
      </label>
      <span className="grow" />
      <span className="labels">
        {summary.allowed > 0 && <Pill tone="allow">{formatCount(summary.allowed)} allowed</Pill>}
        {summary.masked > 0 && <Pill tone="mask">{formatCount(summary.masked)} masked</Pill>}
        {summary.held > 0 && (
          <Pill tone="review">
            {formatCount(summary.held)} held {formatMicros(summary.heldMs * 1000)}
          </Pill>
        )}
        {summary.blocked > 0 && <Pill tone="deny">{formatCount(summary.blocked)} blocked</Pill>}
      </span>
    </div>
  );
}
