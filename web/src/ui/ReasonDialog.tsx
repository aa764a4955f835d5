import { type ReactNode, useState } from "react";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { TextField } from "./Field";
import { ProblemNote } from "./States";

interface Props {
  title: string;
  action: string;
  /** Who reads the reason. */
  help?: string;
  maxLength?: number;
  busy: boolean;
  error: unknown;
  onConfirm: (reason: string) => void;
  onClose: () => void;
  /** What will happen, and what else there is to choose. */
  children: ReactNode;
}

/** Asks before something ends for somebody, and why. */
export function ReasonDialog(props: Props) {
  const {
    title,
    action,
    help,
    maxLength = 2000,
    busy,
    error,
    onConfirm,
    onClose,
    children,
  } = props;
  const [reason, setReason] = useState("");
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm(reason.trim());
        }}
      >
        {children}
        <TextField
          label="Reason"
          help={help}
          required
          maxLength={maxLength}
          value={reason}
          onChange={setReason}
        />
        {error != null && <ProblemNote error={error} />}
        <div className="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="no" busy={busy} disabled={reason.trim() === ""}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
