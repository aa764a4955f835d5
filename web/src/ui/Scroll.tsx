import { type ReactNode, useEffect, useRef, useState } from "react";

interface Props {
  className: string;
  label?: string;
  children: ReactNode;
}

const overflows = (box: HTMLElement) =>
  box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;

/** Content that may be larger than its place. Only while it is, the keyboard can reach it to scroll. */
export function Scroll({ className, label, children }: Props) {
  const ref = useRef<HTMLElement>(null);
  const [scrolls, setScrolls] = useState(false);
  // What is inside may have changed with any rendering.
  useEffect(() => {
    if (ref.current) setScrolls(overflows(ref.current));
  });
  useEffect(() => {
    const measure = () => {
      if (ref.current) setScrolls(overflows(ref.current));
    };
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, []);
  return (
    <section ref={ref} className={className} aria-label={label} tabIndex={scrolls ? 0 : undefined}>
      {children}
    </section>
  );
}
