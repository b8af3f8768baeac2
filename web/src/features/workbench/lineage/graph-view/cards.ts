import type { LogonSession } from "#contracts/lineage";
import type { TimelineKind } from "#contracts/timeline";
import type { Row } from "../rows.ts";
import type { ChainRow } from "./chains.ts";
import type { Route } from "./routes.ts";

/** Cards, links and boxes of the graph, and their sizes in the units of the layout. */
export const cardWidth = 208;
export const cardHeight = 50;
export const columnGap = 48;
export const rowGap = 14;
/** Into the gap, where a line between processes turns to the line of the child. */
export const turnAt = 18;
/** Around the cards of a host, at the sides; above and below them it is that between two lines. */
export const hostPadding = 24;
/** Space around the cards of an open chain, within the gap between two lines. */
export const chainPadding = 6;
/** From one column to the next. */
export const columnStep = cardWidth + columnGap;

/** `x` and `y` are those of the upper left corner, in the units of the layout. */
export interface Card {
  readonly id: string;
  readonly kind: "process" | "chain" | "group" | "more" | "session" | "endpoint" | "event";
  readonly x: number;
  readonly y: number;
  /** The card to the left that it is linked to. */
  readonly parent?: string;
  /** Index after the last card of its branch, in the order of `Layout.cards`; for a leaf the index after its own. */
  readonly end: number;
  /** Lowest edge of its branch. */
  readonly bottom: number;
  readonly row?: Row | ChainRow;
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
  /** What was done to the target. */
  readonly event?: TimelineKind;
  /** Of a session or logon; other lines are drawn from column to column. */
  readonly route?: Route;
}
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface HostBox extends Box {
  readonly host: string;
}
/** The frame around the processes of an open chain. */
export interface ChainFrame extends Box {
  readonly id: string;
  readonly processes: number;
  /** The middle of the handle that closes it. */
  readonly handle: { readonly x: number; readonly y: number };
}

export const cardBox = ({ x, y }: Card): Box => ({ x, y, width: cardWidth, height: cardHeight });
