/** Numbers, sizes and times as people read them, all through `Intl`. */

const count = new Intl.NumberFormat();
const oneDigit = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat(undefined, { style: "narrow" });
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const clockTenths = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 1,
  hourCycle: "h23",
});

const clockMillis = new Intl.DateTimeFormat(undefined, {
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
});

export const formatCount = (n: number) => count.format(n);
export const formatPercent = (share: number) => percent.format(share);
export const formatMoment = (at: Date) => absolute.format(at);
export const formatClock = (at: Date) => clock.format(at);
export const formatClockTenths = (at: Date) => clockTenths.format(at);
export const formatClockMillis = (at: Date) => clockMillis.format(at);

/** A text that begins with a capital letter. */
export const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** `1 statement`, `3 statements`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}

export function formatBytes(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return new Intl.NumberFormat(undefined, {
    style: "unit",
    unit: units[step],
    unitDisplay: step === 0 ? "long" : "short",
    maximumFractionDigits: step === 0 ? 0 : 1,
  }).format(bytes / 1000 ** step);
}

/** A duration with two significant parts: `31 µs`, `2.1 ms`, `9 s`, `1 min 44 s`, `2 h 5 min`. */
export function formatMicros(us: number): string {
  if (us < 1000) return `${formatCount(Math.round(us))} µs`;
  if (us < 10_000) return `${oneDigit.format(us / 1000)} ms`;
  if (us < 1_000_000) return `${Math.round(us / 1000)} ms`;
  if (us < 60_000_000) return `${oneDigit.format(us / 1_000_000)} s`;
  return formatSeconds(Math.round(us / 1_000_000));
}

export function formatSeconds(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor((seconds % 86_400) / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "min"],
    [Math.floor(seconds % 60), "s"],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(" ");
}

/** Time left on a hold: `4:16`, past an hour `1:04:16`. */
export function formatCountdown(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const seconds = String(total % 60).padStart(2, "0");
  if (total < 3600) return `${Math.floor(total / 60)}:${seconds}`;
  return `${Math.floor(total / 3600)}:${String(Math.floor(total / 60) % 60).padStart(2, "0")}:${seconds}`;
}

export function formatRelative(at: Date, now: Date): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [
    [60, "second"],
    [60, "minute"],
    [24, "hour"],
    [30, "day"],
    [12, "month"],
    [Number.POSITIVE_INFINITY, "year"],
  ];
  let value = seconds;
  for (const [size, unit] of steps) {
    if (Math.abs(value) < size) {
      // A clock that is a little off must not say "in 2 seconds" of the past.
      if (unit === "second" && Math.abs(value) < 5) return "now";
      return relative.format(Math.round(value), unit);
    }
    value /= size;
  }
  return formatMoment(at);
}

/** `7b1e…c402`: enough to compare by eye; the whole digest is on the element. */
export function shortDigest(digest: string): string {
  return digest.length > 12 ? `${digest.slice(0, 4)}…${digest.slice(-4)}` : digest;
}

/** `S-9F41C2`, as the edge and the command line name it too. */
export function shortId(prefix: string, id: string): string {
  return `${prefix}-${id.replaceAll("-", "").slice(26).toUpperCase()}`;
}
