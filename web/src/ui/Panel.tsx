import { type ReactNode, useId } from "react";
import { Scroll } from "./Scroll";

interface Props {
  title?: ReactNode;
  aside?: ReactNode;
  /** The content brings its own padding, such as a table. */
  flush?: boolean;
  children: ReactNode;
  className?: string;
}

export function Panel({ title, aside, flush, children, className }: Props) {
  const id = useId();
  return (
    <section className={`panel ${className ?? ""}`} aria-labelledby={title ? id : undefined}>
      {title && (
        <header>
          <h2 id={id}>{title}</h2>
          {aside && <span className="aside">{aside}</span>}
        </header>
      )}
      {flush ? (
        <Scroll className="scroll">{children}</Scroll>
      ) : (
        <div className="in">{children}</div>
      )}
    </section>
  );
}

/** Facts as names and values. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="facts">{children}</dl>;
}

/** One fact; without a value it leaves no row. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === undefined || children === null || children === false || children === "")
    return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
