import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { AuditFeed } from "./audit-feed";
import type { AuditView } from "./audit-rows";

/** Rows that are made beyond those that are seen. */
const OVERSCAN = 12;
/** How near to the end the next page is asked for, in rows. */
const AHEAD = 40;

/** Which rows are seen while the page scrolls; asks for older ones in time, and lets new ones in. */
export function useAuditScroll(feed: AuditFeed, view: AuditView, size: number, reading: boolean) {
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const { rows, next, loaded, error } = view;
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => size,
    overscan: OVERSCAN,
    scrollMargin: top,
    getItemKey: useCallback((index: number) => rows[index]?.seq ?? index, [rows]),
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  // Whoever reads further down, or one row in full, is not moved by rows that come.
  const atTop = (virtual.scrollOffset ?? 0) <= top && !reading;
  useEffect(() => feed.follow(atTop), [feed, atTop]);
  useEffect(() => {
    if (loaded && next !== null && error === null && rows.length - AHEAD <= last) void feed.older();
  }, [feed, loaded, next, error, rows.length, last]);
  // What stands above the rows may change its height at any time.
  useLayoutEffect(() => {
    if (list.current !== null) setTop(Math.round(list.current.getBoundingClientRect().top + scrollY));
  });
  return { list, items, height: virtual.getTotalSize(), top, atTop };
}
