/** This page's copy of a live document. Given up as a whole when it cannot be joined any more. */
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";

/** The one text of a document (`docs/protocol.md`). */
const CONTENT = "content";

export class Replica {
  readonly doc = new Y.Doc();
  readonly text: Y.Text = this.doc.getText(CONTENT);
  readonly awareness = new Awareness(this.doc);

  /** Who is here is told anew on every connection. */
  forgetOthers(): void {
    for (const client of this.awareness.states.keys()) {
      if (client === this.doc.clientID) continue;
      this.awareness.states.delete(client);
      this.awareness.meta.delete(client);
    }
    this.awareness.emit("change", [{ added: [], updated: [], removed: [] }, "away"]);
  }

  dispose(): void {
    this.awareness.destroy();
    this.doc.destroy();
  }
}
