import { Dialog } from "../ui/Dialog";
import { setHotkeysEnabled, useHotkeysEnabled } from "./hotkeys";

const KEYS: [string[], string][] = [
  [["/"], "Search this page"],
  [["j", "k"], "Next, previous"],
  [["a"], "Approve the review on the screen"],
  [["d"], "Deny it"],
  [["c"], "Write a comment"],
  [["Space"], "Play or pause a session"],
  [["["], "Back one step of a session"],
  [["]"], "On one step of a session"],
  [["Ctrl ↵"], "Judge what is on the playground"],
  [["?"], "This help"],
];

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const enabled = useHotkeysEnabled();
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <table>
        <thead className="sr-only">
          <tr>
            <th>Key</th>
            <th>What it does</th>
          </tr>
        </thead>
        <tbody>
          {KEYS.map(([keys, text]) => (
            <tr key={text}>
              <td style={{ width: 110 }}>
                {keys.map((key) => (
                  <kbd key={key} style={{ marginRight: 6 }}>
                    {key}
                  </kbd>
                ))}
              </td>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <label className="check" style={{ paddingTop: 14 }}>
        <input
          type="checkbox"
          checked={enabled}
          onChange={(event) => setHotkeysEnabled(event.target.checked)}
        />
        <span>Use single keys. Turn this off when they get in the way of your own software.</span>
      </label>
    </Dialog>
  );
}
