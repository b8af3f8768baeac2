import { defaultRangeExtractor, useVirtualizer, type VirtualItem, type Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback } from "react";

/** The rows of a long list that are in the document: those in sight, and the active one wherever it is. */
export interface Rows<Scroller extends Element> {
  readonly virtual: Virtualizer<Scroller, Element>;
  readonly items: readonly VirtualItem[];
  /** Index for `aria-activedescendant`, which must name an element of the document: none before the first layout. */
  readonly described: number | undefined;
}

/**
 * Virtual rows of one height (px) below `scroller`. `active` is the index of the active row, -1 for none: it stays in
 * the document when it is scrolled away, so that a screen reader does not lose it.
 */
export function useRows<Scroller extends Element>({
  count,
  height,
  active,
  scroller,
}: {
  readonly count: number;
  readonly height: number;
  readonly active: number;
  readonly scroller: RefObject<Scroller | null>;
}): Rows<Scroller> {
  const virtual = useVirtualizer<Scroller, Element>({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12,
    rangeExtractor: useCallback(
      (range: Parameters<typeof defaultRangeExtractor>[0]) => withActive(defaultRangeExtractor(range), active),
      [active],
    ),
  });
  const items = virtual.getVirtualItems();
  return { virtual, items, described: items.find(({ index }) => index === active)?.index };
}

function withActive(indexes: number[], active: number): number[] {
  return active === -1 || indexes.includes(active) ? indexes : [...indexes, active].sort((a, b) => a - b);
}
