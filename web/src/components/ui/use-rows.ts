import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import type { RefObject } from "react";

/** Height of a row where fingers point, in pixels. */
const COARSE_PX = 44;

interface Rows {
  virtual: Virtualizer<HTMLDivElement, Element>;
  /** Fingers point here. */
  coarse: boolean;
}

/** A list of rows of one height of which only those that are seen are drawn; `fine` is that height for a mouse. */
export function useRows(count: number, scroller: RefObject<HTMLDivElement | null>, fine: number): Rows {
  const coarse = matchMedia("(pointer: coarse)").matches;
  const height = coarse ? COARSE_PX : fine;
  const virtual = useVirtualizer<HTMLDivElement, Element>({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12,
    initialRect: { width: 240, height: 600 },
  });
  return { virtual, coarse };
}
