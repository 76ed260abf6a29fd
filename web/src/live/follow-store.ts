/** Whom this page follows: it opens what they open and scrolls along, until its own person does something. */
import { editorStore } from "./editor-store";
import { layoutStore } from "./layout-store";
import { Cell, type Store } from "./store";
import { workspaceStore } from "./workspace-store";

export interface Followed {
  /** Their page, of `people`. */
  connection: string;
  principal: string | null;
  name: string;
  /** What they look at; null for nothing. */
  looking: string | null;
}

export class FollowStore implements Store<Followed | null> {
  readonly #workspaceId: string;
  readonly #cell = new Cell<Followed | null>(null);
  #forget: (() => void)[] = [];

  constructor(workspaceId: string) {
    this.#workspaceId = workspaceId;
  }

  get get() {
    return this.#cell.get;
  }

  get subscribe() {
    return this.#cell.subscribe;
  }

  follow(connection: string): void {
    this.stop();
    const workspace = workspaceStore(this.#workspaceId);
    const editor = editorStore(this.#workspaceId);
    const person = workspace.get().people.find((it) => it.connection === connection);
    if (person === undefined) return;
    const { principal = null, name, looking = null } = person;
    this.#cell.set({ connection, principal, name: name ?? "Somebody", looking });
    layoutStore(this.#workspaceId).showEditor();
    this.#open(looking);
    this.#forget = [
      workspace.subscribe(() => this.#look()),
      // Another file than theirs was picked by hand.
      editor.subscribe(() => {
        const looking = this.get()?.looking ?? null;
        if (looking !== null && editor.get().active !== looking) this.stop();
      }),
    ];
  }

  readonly stop = (): void => {
    for (const forget of this.#forget) forget();
    this.#forget = [];
    this.#cell.set(null);
  };

  /** Follows to another file, and ends when they have gone. */
  #look(): void {
    const followed = this.get();
    const { people, connection } = workspaceStore(this.#workspaceId).get();
    if (followed === null || connection !== "live") return;
    const person = people.find((it) => it.connection === followed.connection);
    if (person === undefined) this.stop();
    else if ((person.looking ?? null) !== followed.looking) {
      const looking = person.looking ?? null;
      this.#cell.set({ ...followed, looking });
      this.#open(looking);
    }
  }

  #open(path: string | null): void {
    if (path !== null) editorStore(this.#workspaceId).openFile(path);
  }
}

const stores = new Map<string, FollowStore>();

/** Whom the page of a workspace follows; one per page. */
export function followStore(workspaceId: string): FollowStore {
  const known = stores.get(workspaceId);
  if (known !== undefined) return known;
  const store = new FollowStore(workspaceId);
  stores.set(workspaceId, store);
  return store;
}
