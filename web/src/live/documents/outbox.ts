/** What was typed here and is not yet on the kernel's disk. */
import { mergeUpdates } from "yjs";

interface Item {
  readonly update: Uint8Array;
  /** Which message of the connection carried it; null: none yet. */
  readonly message: number | null;
}

export class Outbox {
  #items: Item[] = [];
  #sent = 0;

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** Somebody typed. */
  add(update: Uint8Array): void {
    this.#items.push({ update, message: null });
  }

  /** A message was sent that has everything so far which none had before. */
  sent(): void {
    this.#sent += 1;
    this.#items = this.#items.map((it) => (it.message === null ? { ...it, message: this.#sent } : it));
  }

  /** The kernel has the first `count` messages of this connection on disk. */
  acknowledged(count: number): void {
    this.#items = this.#items.filter((it) => it.message === null || count < it.message);
  }

  /** The connection is gone: nobody knows what arrived. */
  lost(): void {
    this.#sent = 0;
    this.#items = this.#items.map((it) => ({ ...it, message: null }));
  }

  clear(): void {
    this.lost();
    this.#items = [];
  }

  /** Everything as one update; null when there is nothing. */
  merged(): Uint8Array | null {
    return this.isEmpty ? null : mergeUpdates(this.#items.map((it) => it.update));
  }
}
