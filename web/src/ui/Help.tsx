/** A sentence in which backticks mark code, as authors write their doc comments. */
export function Help({ text }: { text: string }) {
  return text.split("`").map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity but their place
      <code key={index}>{part}</code>
    ) : (
      part
    ),
  );
}
