import { type ReactNode, useEffect } from "react";

interface Props {
  title: ReactNode;
  /** The document's title, where `title` is not plain text. */
  documentTitle?: string;
  sub?: ReactNode;
  children?: ReactNode;
}

export function TopBar({ title, documentTitle, sub, children }: Props) {
  const name = documentTitle ?? (typeof title === "string" ? title : "");
  useEffect(() => {
    document.title = name ? `${name} · Countersign` : "Countersign";
  }, [name]);
  return (
    <header className="top">
      <h1>{title}</h1>
      {sub && <span className="sub">{sub}</span>}
      <span className="grow" />
      {children}
    </header>
  );
}

interface SearchProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** The page's search; `/` brings the focus here. */
export function SearchBox({ label, value, onChange }: SearchProps) {
  return (
    <div className="search" role="search">
      <input
        className="input"
        type="search"
        data-search
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      <span className="key" aria-hidden="true">
        <kbd>/</kbd>
      </span>
    </div>
  );
}
