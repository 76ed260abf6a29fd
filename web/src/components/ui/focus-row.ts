let waiting = 0;

/**
 * Moves the keyboard to a row of a list that draws only what is seen.
 *
 * A row that is drawn gets it at once, so that the next key already goes there. Another is looked for
 * after the list was scrolled, unless a later key went elsewhere.
 */
export function focusRow(find: () => HTMLElement | null | undefined): void {
  cancelAnimationFrame(waiting);
  const drawn = find();
  if (drawn) drawn.focus();
  else waiting = requestAnimationFrame(() => find()?.focus());
}
