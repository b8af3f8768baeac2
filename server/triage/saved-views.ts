import type { Actor } from "#contracts/actor";
import type { Page } from "#contracts/page";
import type { RequestProblem } from "#contracts/problem";
import type { SavedView, SavedViewChange, SavedViewQuery, SavedViewRequest } from "#contracts/saved-view";
import { foldCase } from "../condition/fold-case.ts";
import { sortedPage } from "../lib/cursor.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store, StoreTransaction } from "../store/port.ts";

/** See docs/decisions/0058. Views of one page at most: all of them are read at once. */
const MOST = 500;

/** Who makes a change, and whether they may change what others saved. */
export interface ViewChangeBy {
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly isAdministrator: boolean;
}

type Changed = Promise<Result<SavedView, RequestProblem>>;

/** The views of a page, by name. */
export async function savedViewPageOf(
  store: Pick<Store, "savedViews">,
  { page, ...query }: SavedViewQuery,
): Promise<Page<SavedView>> {
  const keyOf = ({ name, id }: SavedView) => [foldCase(name), id] as const;
  return sortedPage(await store.savedViews.of(page), query, { types: ["string", "string"], keyOf });
}

/** Saves a view for everybody. Problems: `saved-view.name-taken`, `saved-view.too-many`. */
export function saveView(
  store: Pick<Store, "write">,
  request: SavedViewRequest,
  { actor, at, newId }: Omit<ViewChangeBy, "isAdministrator"> & { readonly newId: () => string },
): Changed {
  return store.write(async (transaction): Changed => {
    const others = await transaction.savedViews.of(request.page);
    if (others.length >= MOST) {
      return fail({
        code: "saved-view.too-many",
        message: `There are ${others.length} of this page already`,
        remedy: "Delete those that nobody needs.",
      });
    }
    const view: SavedView = {
      id: newId(),
      ...request,
      owner: actor.name,
      account: actor.origin?.account,
      createdAt: new Date(at).toISOString(),
    };
    const taken = nameTaken(others, view);
    if (taken !== undefined) {
      return fail(taken);
    }
    await transaction.savedViews.put(view);
    await transaction.audit.append({ at, actor, action: "saved-view.create", subject: subjectOf(view), after: view });
    return ok(view);
  });
}

/** Problems: `saved-view.not-found`, `saved-view.not-own`, `saved-view.name-taken`. */
export function changeSavedView(
  store: Pick<Store, "write">,
  id: string,
  change: SavedViewChange,
  by: ViewChangeBy,
): Changed {
  return store.write(async (transaction): Changed => {
    const before = await ownView(transaction, id, by);
    if (!before.ok) {
      return before;
    }
    const { name = before.value.name, address = before.value.address } = change;
    const after: SavedView = { ...before.value, name, address, changedAt: new Date(by.at).toISOString() };
    const taken = nameTaken(await transaction.savedViews.of(after.page), after);
    if (taken !== undefined) {
      return fail(taken);
    }
    await transaction.savedViews.put(after);
    await transaction.audit.append({
      at: by.at,
      actor: by.actor,
      action: "saved-view.change",
      subject: subjectOf(after),
      before: before.value,
      after,
    });
    return ok(after);
  });
}

/** Returns what was deleted. Problems: `saved-view.not-found`, `saved-view.not-own`. */
export function deleteSavedView(store: Pick<Store, "write">, id: string, by: ViewChangeBy): Changed {
  return store.write(async (transaction): Changed => {
    const before = await ownView(transaction, id, by);
    if (before.ok) {
      await transaction.savedViews.delete(id);
      await transaction.audit.append({
        at: by.at,
        actor: by.actor,
        action: "saved-view.delete",
        subject: subjectOf(before.value),
        before: before.value,
      });
    }
    return before;
  });
}

const subjectOf = ({ id }: SavedView) => ({ kind: "saved-view", id });

/** Two views of one name would be taken for each other. */
function nameTaken(all: readonly SavedView[], view: SavedView): RequestProblem | undefined {
  const other = all.find(({ id, name }) => id !== view.id && foldCase(name) === foldCase(view.name));
  return other === undefined
    ? undefined
    : {
        code: "saved-view.name-taken",
        message: `${other.owner} has saved another one as "${other.name}"`,
        remedy: "Choose another name.",
        at: { field: "name" },
      };
}

async function ownView(
  { savedViews }: StoreTransaction,
  id: string,
  { actor, isAdministrator }: ViewChangeBy,
): Changed {
  const view = await savedViews.get(id);
  if (view === undefined) {
    return fail({ code: "saved-view.not-found", message: "It does not exist any more." });
  }
  const isOwn = view.account === undefined ? view.owner === actor.name : view.account === actor.origin?.account;
  return isOwn || isAdministrator
    ? ok(view)
    : fail({
        code: "saved-view.not-own",
        message: `It was saved by ${view.owner}`,
        remedy: "Save your own under another name, or ask an administrator.",
      });
}
