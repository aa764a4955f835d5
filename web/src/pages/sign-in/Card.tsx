import { type ReactNode, useEffect } from "react";

/** A page of its own, for who is not in yet or asked from elsewhere. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Countersign`;
  }, [title]);
  return (
    <main className="sign-in">
      <div className="panel card">
        <div className="brand">
          <i aria-hidden="true" />
          <span>Countersign</span>
        </div>
        {children}
      </div>
    </main>
  );
}
