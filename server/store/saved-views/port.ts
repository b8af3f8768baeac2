import type { SavedView, ViewedPage } from "#contracts/saved-view";

export interface SavedViewReader {
  get(id: string): Promise<SavedView | undefined>;
  /** All views of a page, by name, then by id. There are at most a few hundred. */
  of(page: ViewedPage): Promise<readonly SavedView[]>;
}

export interface SavedViewWriter extends SavedViewReader {
  /** Adds a view, or replaces the one with its id. */
  put(view: SavedView): Promise<void>;
  delete(id: string): Promise<void>;
}
