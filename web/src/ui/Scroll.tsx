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
  // What is inside may have changed with any rendering of this part.
  useEffect(() => {
    if (ref.current) setScrolls(overflows(ref.current));
  });
  useEffect(() => {
    const box = ref.current;
    if (!box) return;
    const measure = () => setScrolls(overflows(box));
    // What is inside may render by itself, such as when what it asked for has come.
    const observer = new MutationObserver(measure);
    observer.observe(box, { childList: true, subtree: true });
    window.addEventListener("resize", measure);
    return () => {
      observer.disconnect();
      window.removeEventListener("resize", measure);
    };
  }, []);
  return (
    <section ref={ref} className={className} aria-label={label} tabIndex={scrolls ? 0 : undefined}>
      {children}
    </section>
  );
}
