/** Waits until what was typed is in the files, for whoever is about to have files read. */
import type { Store } from "../store";
import type { DocumentView } from "./document-connection";

/** The kernel writes within two seconds; what takes longer has a reason that waiting does not change. */
const SETTLE_MS_MAX = 2_500;
/** What takes longer to reach the kernel is not waited for by whoever asks about the text. */
const DELIVERED_MS_MAX = 1_000;

interface Open {
  workspaceId: string;
  view: Store<DocumentView>;
}

const all = new Set<Open>();

/** Has a document waited for, until the returned function is called. */
export function watchSaving(open: Open): () => void {
  all.add(open);
  return () => all.delete(open);
}

/** Resolves when the documents of a workspace that can be saved are, or after a while. */
export async function settled(workspaceId: string): Promise<void> {
  const open = [...all].filter((it) => it.workspaceId === workspaceId);
  await Promise.all(open.map(({ view }) => arrival(view)));
}

/** Resolves when the kernel has what was typed here, or after a while. */
export function delivered(view: Store<DocumentView>): Promise<void> {
  return until(view, DELIVERED_MS_MAX, ({ phase, unsent }) => phase !== "live" || !unsent);
}

function arrival(view: Store<DocumentView>): Promise<void> {
  const isDone = ({ phase, unsent, saving }: DocumentView) =>
    phase !== "live" || (!unsent && saving !== "pending");
  return until(view, SETTLE_MS_MAX, isDone);
}

function until(
  view: Store<DocumentView>,
  timeoutMs: number,
  isDone: (view: DocumentView) => boolean,
): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(() => finish(), timeoutMs);
    const look = () => {
      if (isDone(view.get())) finish();
    };
    const forget = view.subscribe(look);
    const finish = () => {
      clearTimeout(timer);
      forget();
      done();
    };
    look();
  });
}
