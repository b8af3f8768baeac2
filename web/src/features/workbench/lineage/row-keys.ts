import { isExpanded, isLeaf, type Position, type Row, rowAfterMove } from "./rows.ts";

/** What a key does: moves the selection (nowhere at an end), or expands, collapses or follows the selected row. */
export type RowAction<R> =
  | { readonly kind: "select"; readonly row: R | undefined }
  | { readonly kind: "toggle"; readonly row: R };

type Expansion = "expanded" | "collapsed" | "leaf";

/**
 * The keys of a tree as the ARIA practices define them, for rows in the order in which they are shown. Undefined for
 * keys that a tree does not use.
 */
export function rowAction<R extends Position & { readonly parentId?: string }>(
  key: string,
  rows: readonly R[],
  selected: string | undefined,
  expansionOf: (row: R) => Expansion,
): RowAction<R> | undefined {
  const row = rows.find(({ id }) => id === selected);
  const move = (to: Parameters<typeof rowAfterMove>[2]): RowAction<R> => ({
    kind: "select",
    row: rowAfterMove(rows, selected, to),
  });
  switch (key) {
    case "ArrowDown":
      return move("down");
    case "ArrowUp":
      return move("up");
    case "Home":
      return move("first");
    case "End":
      return move("last");
    case "ArrowRight":
      return row !== undefined && expansionOf(row) === "collapsed" ? { kind: "toggle", row } : move("child");
    case "ArrowLeft":
      return row !== undefined && expansionOf(row) === "expanded" ? { kind: "toggle", row } : move("parent");
    case "Enter":
    case " ":
      return row === undefined ? undefined : { kind: "toggle", row };
    default:
      return undefined;
  }
}

/** Whether the children of a row are shown. */
export function expansionOf(row: Row): Expansion {
  return isExpanded(row) ? "expanded" : isLeaf(row) ? "leaf" : "collapsed";
}
