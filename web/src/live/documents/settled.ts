/** Waits until what was typed is in the files, for whoever is about to have files read. */
import type { Store } from "../store";
import type { DocumentView } from "./document-connection";

/** The kernel writes within two seconds; what takes longer has a reason that waiting does not change. */
const SETTLE_MS_MAX = 2_500;

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

function arrival(view: Store<DocumentView>): Promise<void> {
  const isDone = () => {
    const { phase, unsent, saving } = view.get();
    return phase !== "live" || (!unsent && saving !== "pending");
  };
  return new Promise((done) => {
    const timer = setTimeout(() => finish(), SETTLE_MS_MAX);
    const look = () => {
      if (isDone()) finish();
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
