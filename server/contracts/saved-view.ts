import { z } from "zod";
import { pageOf, pageQuery } from "./page.ts";
import { timestamp } from "./time.ts";

/** The pages whose address is a view of them. */
export const viewedPage = z
  .enum(["hunt", "queue"])
  .meta({ id: "ViewedPage", description: "The page that a saved view is of: a search of hunting, or the queue." });
export type ViewedPage = z.infer<typeof viewedPage>;

const name = z.string().trim().min(1).max(120);

export const savedView = z
  .object({
    id: z.string(),
    page: viewedPage,
    name,
    address: z.string().max(50_000).describe("The query of the page's address, without the question mark."),
    owner: z.string().describe("Who saved it."),
    account: z.string().optional().describe("The account of the owner, which may rename and delete it."),
    createdAt: timestamp,
    changedAt: timestamp.optional(),
  })
  .meta({ id: "SavedView", description: "A search or a filtered list under a name, shared by everybody." });
export type SavedView = Readonly<z.infer<typeof savedView>>;

export const savedViewQuery = pageQuery.extend({ page: viewedPage });
export type SavedViewQuery = Readonly<z.output<typeof savedViewQuery>>;

export const savedViewPage = pageOf(savedView).meta({
  id: "SavedViewPage",
  description: "The saved views of a page, by name.",
});

export const savedViewRequest = savedView
  .pick({ page: true, name: true, address: true })
  .strict()
  .meta({ id: "SavedViewRequest", description: "What to save, and under which name." });
export type SavedViewRequest = Readonly<z.infer<typeof savedViewRequest>>;

export const savedViewChange = z
  .object({ name: name.optional(), address: savedView.shape.address.optional() })
  .strict()
  .meta({ id: "SavedViewChange", description: "Another name or another address." });
export type SavedViewChange = Readonly<z.infer<typeof savedViewChange>>;
