/** A value that changes by itself, for whoever wants to know. */
export interface Store<S> {
  readonly get: () => S;
  /** Calls `listener` after every change until the returned function is called. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** The plain store: a value and its listeners. */
export class Cell<S> implements Store<S> {
  #value: S;
  readonly #listeners = new Set<() => void>();

  constructor(value: S) {
    this.#value = value;
  }

  readonly get = (): S => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(value: S): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  update(change: (value: S) => S): void {
    this.set(change(this.#value));
  }
}

/** Tells listeners of things that happen, and remembers nothing. */
export class Signal<T> {
  readonly #listeners = new Set<(value: T) => void>();

  readonly on = (listener: (value: T) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  emit(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}
