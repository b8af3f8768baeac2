import { type PointerEvent, useState } from "react";
import type { TimeSpan } from "./view-state.ts";

/** Shorter drags are clicks. Pixels. */
const dragFrom = 5;

/** A drag over an axis selects a part of its time. */
export function useBrush(span: TimeSpan, setSpan: (span: TimeSpan) => void) {
  const [drag, setDrag] = useState<{ readonly start: number; readonly end: number }>();
  const shareAt = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / Math.max(1, width)));
  };
  const finish = (event: PointerEvent<HTMLElement>) => {
    if (drag !== undefined) {
      const { width } = event.currentTarget.getBoundingClientRect();
      const [from, to] = [Math.min(drag.start, drag.end), Math.max(drag.start, drag.end)];
      const length = span.to - span.from;
      if ((to - from) * width > dragFrom) {
        setSpan({ from: Math.floor(span.from + from * length), to: Math.ceil(span.from + to * length) });
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
