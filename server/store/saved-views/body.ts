import { type SavedView, savedView } from "#contracts/saved-view";
import { foldCase } from "../../condition/fold-case.ts";
import { stored } from "../damage.ts";
import { text } from "../row.ts";

/** A view from the `body` of its row. */
export const savedViewOf = stored("saved view", (row: Readonly<Record<string, unknown>>) =>
  savedView.parse(JSON.parse(text(row, "body"))),
);

/** By name without regard to case, then by id: the order of both stores. */
export function byName(views: readonly SavedView[]): readonly SavedView[] {
  const keyed = views.map((view) => ({ view, key: `${foldCase(view.name)}\u0000${view.id}` }));
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ view }) => view);
}
