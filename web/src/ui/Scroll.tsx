import { type ReactNode, useEffect, useRef, useState } from "react";

interface Props {
  className: string;
  /** Makes it a region with this name. */
  label?: string;
  children: ReactNode;
}

/** Content that may be larger than its place. Only while it is, the keyboard can reach it to scroll. */
export function Scroll({ className, label, children }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  const measure = () => {
    const box = ref.current;
    if (box) setScrolls(box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight);
  };
  // What is inside may have changed with any rendering.
  useEffect(measure);
  useEffect(() => {
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, []);
  return (
    <div
      ref={ref}
      className={className}
      role={label ? "region" : undefined}
      aria-label={label}
      tabIndex={scrolls ? 0 : undefined}
    >
      {children}
    </div>
  );
}
