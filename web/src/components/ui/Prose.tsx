/** A sentence from the server, with what stands in backticks set as code. */
export function Prose({ text }: { text: string }) {
  return text.split("`").map((part, index) =>
    // The parts of one sentence never change places.
    // biome-ignore lint/suspicious/noArrayIndexKey: see above
    index % 2 === 1 ? <code key={index}>{part}</code> : part,
  );
}
