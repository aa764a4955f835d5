import { Copyable } from "./Copyable";

/** A secret that is shown once. It lives in this element alone and goes with it. */
export function Secret({ label, value }: { label: string; value: string }) {
  return <Copyable label={label} value={value} help="Shown once. Copy it now." />;
}
