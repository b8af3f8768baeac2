import { Fragment, type ReactNode, useRef, useState } from "react";
import { z } from "zod";
import classes from "./split-panes.module.css";

export interface Pane {
  readonly id: string;
  readonly label: string;
  /** Initial share of the width. */
  readonly share: number;
  readonly content: ReactNode;
}

const smallest = 0.14;
const storedShares = z.record(z.string(), z.number().min(0.05).max(1));

function readShares(storageKey: string): Readonly<Record<string, number>> {
  try {
    return storedShares.parse(JSON.parse(localStorage.getItem(storageKey) ?? "{}"));
  } catch {
    return {};
  }
}

/** Side-by-side panes resized by mouse or arrow keys. Widths are remembered per set of panes. */
export function SplitPanes({ storageKey, panes }: { readonly storageKey: string; readonly panes: readonly Pane[] }) {
  const frame = useRef<HTMLDivElement>(null);
  const [kept, setKept] = useState(() => readShares(storageKey));
  const wanted = panes.map((pane) => kept[pane.id] ?? pane.share);
  const sum = wanted.reduce((total, share) => total + share, 0);
  const shares = wanted.map((share) => share / sum);

  /** Moves `by` of the whole width from the pane right of a divider to the pane left of it. */
  const move = (divider: number, by: number) => {
    const left = shares[divider] ?? 0;
    const right = shares[divider + 1] ?? 0;
    const step = Math.min(right - smallest, Math.max(smallest - left, by));
    const next = Object.fromEntries(
      panes.map((pane, index) => [
        pane.id,
        (shares[index] ?? 0) + (index === divider ? step : index === divider + 1 ? -step : 0),
      ]),
    );
    localStorage.setItem(storageKey, JSON.stringify(next));
    setKept(next);
  };

  return (
    <div
      ref={frame}
      className={classes.frame}
      style={{ gridTemplateColumns: shares.map((share) => `minmax(0, ${share.toFixed(4)}fr)`).join(" 7px ") }}
    >
      {panes.map((pane, index) => (
        <Fragment key={pane.id}>
          {index > 0 && (
            // biome-ignore lint/a11y/useSemanticElements: a divider that moves is a focusable separator; hr cannot be.
            <div
              className={classes.divider}
              role="separator"
              aria-orientation="vertical"
              aria-label={`Width of ${panes[index - 1]?.label ?? ""}`}
              aria-valuenow={Math.round((shares[index - 1] ?? 0) * 100)}
              aria-valuemin={Math.round(smallest * 100)}
              aria-valuemax={100}
              tabIndex={0}
              onKeyDown={(event) => {
                const by = event.key === "ArrowLeft" ? -0.02 : event.key === "ArrowRight" ? 0.02 : 0;
                if (by !== 0) {
                  event.preventDefault();
                  move(index - 1, by);
                }
              }}
              onDoubleClick={() => {
                localStorage.removeItem(storageKey);
                setKept({});
              }}
              onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
              onPointerMove={(event) => {
                if (event.currentTarget.hasPointerCapture(event.pointerId) && frame.current !== null) {
                  move(index - 1, event.movementX / frame.current.clientWidth);
                }
              }}
            />
          )}
          <section className={classes.pane} aria-label={pane.label}>
            {pane.content}
          </section>
        </Fragment>
      ))}
    </div>
  );
}
