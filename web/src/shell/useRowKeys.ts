import { useHotkeys } from "./hotkeys";

/** `j` and `k` move the focus over the rows of a page: elements with `data-row`. */
export function useRowKeys() {
  const move = (step: 1 | -1) => {
    const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const next = at < 0 ? rows[0] : rows[Math.min(rows.length - 1, Math.max(0, at + step))];
    next?.focus();
  };
  useHotkeys({ j: () => move(1), k: () => move(-1) });
}
