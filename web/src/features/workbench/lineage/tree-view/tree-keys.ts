import { isExpanded, isLeaf, type Row, rowAfterMove } from "../rows.ts";

/**
 * What a key does in the tree: moves the selection (nowhere at an end), or expands, collapses or follows the selected
 * row.
 */
export type TreeAction =
  | { readonly kind: "select"; readonly row: Row | undefined }
  | { readonly kind: "toggle"; readonly row: Row };

/** The keys of a tree as the ARIA practices define them. Undefined for keys that the tree does not use. */
export function treeAction(key: string, rows: readonly Row[], selected: string | undefined): TreeAction | undefined {
  const row = rows.find(({ id }) => id === selected);
  const move = (to: Parameters<typeof rowAfterMove>[2]): TreeAction => ({
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
      return row !== undefined && !isLeaf(row) && !isExpanded(row) ? { kind: "toggle", row } : move("child");
    case "ArrowLeft":
      return row !== undefined && isExpanded(row) ? { kind: "toggle", row } : move("parent");
    case "Enter":
    case " ":
      return row === undefined ? undefined : { kind: "toggle", row };
    default:
      return undefined;
  }
}
