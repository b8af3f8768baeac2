import { expansionOf, type RowAction, rowAction } from "../row-keys.ts";
import { chainId, type GraphRow, type OpenChain } from "./chains.ts";

/** What a key does in the graph. Chains open and close as rows with children do in the tree. */
export type GraphAction = RowAction<GraphRow> | { readonly kind: "close-chain"; readonly first: string };

/** The keys of a tree; left on the first process of an open chain closes it. */
export function graphAction(
  key: string,
  rows: readonly GraphRow[],
  openChains: readonly OpenChain[],
  selected: string | undefined,
): GraphAction | undefined {
  const isChainStart = selected !== undefined && openChains.some(({ id }) => id === chainId(selected));
  return key === "ArrowLeft" && isChainStart
    ? { kind: "close-chain", first: selected }
    : rowAction(key, rows, selected, (row) => (row.kind === "chain" ? "collapsed" : expansionOf(row)));
}
