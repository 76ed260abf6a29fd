/** Whether this page shows who wrote what, and what can be done with it. */
import { Cell } from "./store";

/** Whether it is shown, in every editor of the page. */
export const blameShown = new Cell(false);
/** Opens the commit of the line where the cursor is; null when it is not shown. */
export const lineCommit = new Cell<(() => void) | null>(null);
