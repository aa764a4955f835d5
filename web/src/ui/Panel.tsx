import { type ReactNode, useId } from "react";

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
      <div className={flush ? "scroll" : "in"}>{children}</div>
    </section>
  );
}

/** Facts as names and values; empty values leave no row. */
export function Facts({ rows }: { rows: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {rows
        .filter(
          ([, value]) => value !== undefined && value !== null && value !== "" && value !== false,
        )
        .map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
