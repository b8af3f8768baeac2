import { type PointerEvent, useEffect, useState } from "react";

/** Epoch milliseconds. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Shorter drags are clicks. Pixels. */
const dragFrom = 5;

/** The time between two points of a drag over an axis, as shares of its length. */
export function spanBetween(one: number, other: number, { from, to }: Span): Span {
  const at = (share: number) => from + share * (to - from);
  return { from: Math.floor(at(Math.min(one, other))), to: Math.ceil(at(Math.max(one, other))) };
}

/**
 * A drag over an axis selects a part of its time; Escape gives the drag up. `click` gets the place of a press without a
 * drag, as a share of the axis.
 */
export function useBrush(span: Span, setSpan: (span: Span) => void, click?: (share: number) => void) {
  const [drag, setDrag] = useState<{ readonly start: number; readonly end: number }>();
  const isDragging = drag !== undefined;
  useEffect(() => {
    const giveUp = (event: KeyboardEvent) => {
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        setDrag(undefined);
      }
    };
    if (isDragging) {
      window.addEventListener("keydown", giveUp, { capture: true });
    }
    return () => window.removeEventListener("keydown", giveUp, { capture: true });
  }, [isDragging]);
  const shareAt = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / Math.max(1, width)));
  };
  const finish = (event: PointerEvent<HTMLElement>) => {
    if (drag !== undefined) {
      const { width } = event.currentTarget.getBoundingClientRect();
      if (Math.abs(drag.end - drag.start) * width > dragFrom) {
        setSpan(spanBetween(drag.start, drag.end, span));
      } else {
        click?.(drag.start);
      }
      setDrag(undefined);
    }
  };
  return {
    selected: drag && { from: Math.min(drag.start, drag.end), to: Math.max(drag.start, drag.end) },
    handlers: {
      onPointerDown: (event: PointerEvent<HTMLElement>) => {
        if (event.button === 0) {
          event.currentTarget.setPointerCapture?.(event.pointerId);
          const at = shareAt(event);
          setDrag({ start: at, end: at });
        }
      },
      onPointerMove: (event: PointerEvent<HTMLElement>) => {
        if (drag !== undefined) {
          setDrag({ ...drag, end: shareAt(event) });
        }
      },
      onPointerUp: finish,
      onPointerCancel: () => setDrag(undefined),
    },
  };
}
