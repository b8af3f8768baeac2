import type { LogonSession } from "#contracts/lineage";
import type { Row } from "../rows.ts";

/** Cards, links and boxes of the graph, and their sizes in the units of the layout. */
export const cardWidth = 208;
export const cardHeight = 50;
export const columnGap = 64;
export const hostPadding = 24;
/** From one column to the next. */
export const columnStep = cardWidth + columnGap;

/** `x` and `y` are those of the upper left corner, in the units of the layout. */
export interface Card {
  readonly id: string;
  readonly kind: "process" | "group" | "more" | "session" | "endpoint" | "event";
  readonly x: number;
  readonly y: number;
  /** The card to the left that it is linked to. */
  readonly parent?: string;
  /** Index after the last card of its branch, in the order of `Layout.cards`; for a leaf the index after its own. */
  readonly end: number;
  /** Lowest edge of its branch. */
  readonly bottom: number;
  readonly row?: Row;
  readonly session?: LogonSession;
  readonly label?: string;
}
export interface Link {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly kind:
    | "exact"
    | "pid-time"
    | "declared"
    | "ambiguous"
    | "group"
    | "candidate"
    | "target"
    | "session"
    | "logon"
    | "logon-ambiguous";
  readonly onPath: boolean;
  readonly label?: string;
}
export interface HostBox {
  readonly host: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
