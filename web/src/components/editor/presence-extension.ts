/**
 * Where the others are: their selections behind the text, their cursors with names above it.
 * Drawn beside the text and not into it, in colours of ours: what another page says of itself is shown as
 * words and places only.
 */
import { EditorSelection, type Extension, StateEffect } from "@codemirror/state";
import {
  EditorView,
  type LayerMarker,
  layer,
  RectangleMarker,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import * as Y from "yjs";
import { type Peer, peersOf, type Shown } from "../../live/documents/peers";
import type { Replica } from "../../live/documents/replica";
import type { Followed } from "../../live/follow-store";
import type { Store } from "../../live/store";
import { toneOf } from "../ui/Avatar";

/** Movements within this time are told as one, in milliseconds. */
const SHARE_MS = 60;
/** A name needs this much room above its line, in pixels. */
const NAME_HEIGHT = 18;

export interface Surroundings {
  replica: Replica;
  /** Which of `people` this page is. */
  page: () => string | null;
  /** Whose page it is. */
  principal: string | null;
  followed: Store<Followed | null>;
}

const peersMoved = StateEffect.define<null>();

export function presence(around: Surroundings): Extension {
  const peers = () => peersOf(around.replica.awareness, around.replica.text);
  return [
    ViewPlugin.define((view) => new PresencePlugin(view, around)),
    layer({
      above: false,
      class: "live-selections",
      update: moved,
      markers: (view) => peers().flatMap((peer) => selectionOf(view, peer)),
    }),
    layer({
      above: true,
      class: "live-carets",
      update: moved,
      markers: (view) => peers().flatMap((peer) => caretOf(view, peer, around.principal)),
    }),
  ];
}

function moved(update: ViewUpdate): boolean {
  const told = update.transactions.some((it) => it.effects.some((effect) => effect.is(peersMoved)));
  return told || update.docChanged || update.geometryChanged || update.viewportChanged;
}

const toneClass = (peer: Peer) => `tone-${toneOf(peer.principal ?? `${peer.client}`)}`;

function selectionOf(view: EditorView, peer: Peer): readonly LayerMarker[] {
  if (peer.anchor === null || peer.head === null || peer.anchor === peer.head) return [];
  const clip = (place: number) => Math.min(place, view.state.doc.length);
  const range = EditorSelection.range(clip(peer.anchor), clip(peer.head));
  return RectangleMarker.forRange(view, `live-selection ${toneClass(peer)}`, range);
}

function caretOf(view: EditorView, peer: Peer, self: string | null): readonly LayerMarker[] {
  if (peer.head === null) return [];
  const head = Math.min(peer.head, view.state.doc.length);
  const [place] = RectangleMarker.forRange(view, "", EditorSelection.cursor(head));
  if (place === undefined) return [];
  const own = peer.principal !== null && peer.principal === self;
  const name = own ? "You, in another tab" : peer.name;
  return [new Caret(peer.client, head, place, name, toneClass(peer))];
}

/** A cursor with its name, which fades when it rests. */
class Caret implements LayerMarker {
  readonly client: number;
  readonly head: number;
  readonly place: RectangleMarker;
  readonly name: string;
  readonly tone: string;

  constructor(client: number, head: number, place: RectangleMarker, name: string, tone: string) {
    this.client = client;
    this.head = head;
    this.place = place;
    this.name = name;
    this.tone = tone;
  }

  eq(other: LayerMarker): boolean {
    if (!(other instanceof Caret)) return false;
    return this.#isSame(other) && this.head === other.head && this.place.eq(other.place);
  }

  draw(): HTMLElement {
    const caret = document.createElement("div");
    caret.className = `live-caret ${this.tone}`;
    const name = document.createElement("span");
    name.className = "live-caret-name";
    name.textContent = this.name;
    caret.append(name);
    this.#put(caret);
    return caret;
  }

  /** Moves what is drawn; the name comes up again only when its person moved. */
  update(caret: HTMLElement, old: LayerMarker): boolean {
    if (!(old instanceof Caret) || !this.#isSame(old)) return false;
    this.#put(caret);
    if (old.head !== this.head) {
      for (const it of caret.getAnimations({ subtree: true })) it.currentTime = 0;
      for (const it of caret.getAnimations({ subtree: true })) it.play();
    }
    return true;
  }

  #isSame(other: Caret): boolean {
    return this.client === other.client && this.name === other.name && this.tone === other.tone;
  }

  #put(caret: HTMLElement): void {
    caret.style.left = `${this.place.left}px`;
    caret.style.top = `${this.place.top}px`;
    caret.style.height = `${this.place.height}px`;
    caret.dataset["below"] = `${this.place.top < NAME_HEIGHT}`;
  }
}

/** Tells the others where this editor is, and goes along with whom it follows. */
class PresencePlugin {
  readonly #view: EditorView;
  readonly #around: Surroundings;
  readonly #forget: () => void;
  #sharing: ReturnType<typeof setTimeout> | undefined;
  #frame = 0;
  /** A cursor that nobody put anywhere is not shown. */
  #placed = false;
  #last = "";
  #followedTo: number | null = null;

  constructor(view: EditorView, around: Surroundings) {
    this.#view = view;
    this.#around = around;
    const { awareness } = around.replica;
    awareness.on("change", this.#heard);
    view.scrollDOM.addEventListener("scroll", this.#share, { passive: true });
    this.#forget = around.followed.subscribe(() => {
      this.#followedTo = null;
      this.#redraw();
    });
    this.#share();
    this.#redraw();
  }

  update(update: ViewUpdate): void {
    if (update.view.hasFocus) this.#placed = true;
    if (update.selectionSet || update.docChanged || update.focusChanged) this.#share();
  }

  destroy(): void {
    clearTimeout(this.#sharing);
    cancelAnimationFrame(this.#frame);
    this.#forget();
    this.#view.scrollDOM.removeEventListener("scroll", this.#share);
    const { awareness } = this.#around.replica;
    awareness.off("change", this.#heard);
    // Given up together with its replica, it has nothing to show any more.
    if (awareness.getLocalState() !== null) awareness.setLocalState({});
  }

  readonly #share = (): void => {
    this.#sharing ??= setTimeout(() => {
      this.#sharing = undefined;
      const shown = this.#shown();
      const next = JSON.stringify(shown);
      if (next === this.#last) return;
      this.#last = next;
      this.#around.replica.awareness.setLocalState({ ...shown });
    }, SHARE_MS);
  };

  #shown(): Shown {
    const { text } = this.#around.replica;
    const view = this.#view;
    const place = (index: number) =>
      Y.createRelativePositionFromTypeIndex(text, Math.min(index, text.length));
    const { anchor, head } = view.state.selection.main;
    const first = view.lineBlockAtHeight(view.scrollDOM.scrollTop - view.documentPadding.top);
    return {
      cursor: this.#placed ? { anchor: place(anchor), head: place(head) } : null,
      top: place(first.from),
      page: this.#around.page(),
    };
  }

  readonly #heard = (change: { added: number[]; updated: number[]; removed: number[] }): void => {
    const { clientID } = this.#around.replica.awareness;
    const all = [...change.added, ...change.updated, ...change.removed];
    if (all.length === 0 || all.some((it) => it !== clientID)) this.#redraw();
  };

  /** At most once a frame, however many move. */
  #redraw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.#view.dispatch({ effects: [peersMoved.of(null), ...this.#following()] });
    });
  }

  #following(): StateEffect<unknown>[] {
    const followed = this.#around.followed.get();
    if (followed === null) return [];
    const { awareness, text } = this.#around.replica;
    const peer = peersOf(awareness, text).find(
      (it) => it.page === followed.connection && it.principal === followed.principal,
    );
    if (peer?.top == null || peer.top === this.#followedTo) return [];
    this.#followedTo = peer.top;
    const place = Math.min(peer.top, this.#view.state.doc.length);
    return [EditorView.scrollIntoView(place, { y: "start", yMargin: 0 })];
  }
}
