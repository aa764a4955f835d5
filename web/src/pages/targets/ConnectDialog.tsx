import type { TargetView } from "../../api/types";
import { hintsFor, KIND_HELP } from "../../text/targets";
import { Button } from "../../ui/Button";
import { Copyable } from "../../ui/Copyable";
import { Dialog } from "../../ui/Dialog";

/** How a client of a target goes through the edge. */
export function ConnectDialog({ target, onClose }: { target: TargetView; onClose: () => void }) {
  return (
    <Dialog title={`Connect to ${target.name}`} onClose={onClose}>
      <div className="form">
        <p className="muted">{KIND_HELP[target.kind]}</p>
        {hintsFor(target.kind, target.name).map(({ label, text }) => (
          <Copyable key={label} label={label} value={text} />
        ))}
        <p className="faint">
          In place of your-edge.example.com stands the address of an edge that serves it. A
          credential comes from the principal's page, or with a grant.
        </p>
        <div className="actions">
          <span className="grow" />
          <Button tone="primary" onClick={onClose}>
            Done
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
