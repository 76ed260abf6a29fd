/** Keys that are typed for the command palette before it is there, so that no other text gets them. */
let typed = "";
let taker: ((text: string) => void) | null = null;

/** Keeps a key for the palette that comes from somewhere else; one that writes nothing is dropped. */
export function keepEarlyKey(event: KeyboardEvent): void {
  const inDialog = event.target instanceof Element && event.target.closest("[role=dialog]") !== null;
  if (inDialog || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.key.length !== 1) return;
  if (taker === null) typed += event.key;
  else taker(event.key);
}

/** Gives what was typed so far, and what still is, to the palette; until the returned function is called. */
export function takeEarlyKeys(take: (text: string) => void): () => void {
  if (typed !== "") take(typed);
  typed = "";
  taker = take;
  return () => {
    taker = null;
  };
}
