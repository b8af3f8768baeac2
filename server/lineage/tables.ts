/**
 * What lineage needs from a store inside a write: loading and saving the facts of the process groups that a batch of
 * events touches. Implemented per store; the resolving itself is pure (see `absorb.ts`).
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled in by the lineage module.
export interface LineageTables {}
