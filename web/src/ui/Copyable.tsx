import { useState } from "react";
import { Button } from "./Button";

interface Props {
  label: string;
  value: string;
  /** What to know of it, as long as copying it works. */
  help?: string;
}

/** A value that is copied to somewhere else. */
export function Copyable({ label, value, help }: Props) {
  const [copied, setCopied] = useState<"yes" | "no">();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied("yes");
    } catch {
      setCopied("no");
    }
  };
  return (
    <div className="field">
      <span className="name">{label}</span>
      <div className="secret">
        <code>{value}</code>
        <Button small onClick={copy} aria-label={`Copy ${label}`}>
          {copied === "yes" ? "Copied" : "Copy"}
        </Button>
      </div>
      <span className="help" role="status">
        {copied === "no" ? "The browser did not let it be copied. Select it and copy it." : help}
      </span>
    </div>
  );
}
