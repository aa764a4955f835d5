import type { ComponentProps } from "react";

type Props = ComponentProps<"button"> & {
  tone?: "primary" | "go" | "no" | "link";
  small?: boolean;
  /** Under way: not to be pressed again. */
  busy?: boolean;
};

export function Button({ tone, small, busy, className, disabled, ...rest }: Props) {
  const classes = ["btn", tone, small && "small", className].filter(Boolean).join(" ");
  return (
    <button
      type="button"
      {...rest}
      className={classes}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    />
  );
}
