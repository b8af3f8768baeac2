import { savedView, savedViewChange, savedViewPage, savedViewQuery, savedViewRequest } from "../saved-view.ts";
import { emptyBody, get, post, put, type Route } from "./route.ts";

const change = { access: "triage", path: "/api/v1/saved-views/:id" } as const;

export const savedViewRoutes = {
  savedViews: {
    ...get,
    path: "/api/v1/saved-views",
    summary: "Saved searches and views of a page, by name",
    query: savedViewQuery,
    response: savedViewPage,
    problems: ["request.invalid-cursor"],
  },
  saveView: {
    ...post,
    access: "triage",
    path: "/api/v1/saved-views",
    summary: "Save a search or a view of a page for everybody",
    body: savedViewRequest,
    response: savedView,
    problems: ["saved-view.name-taken", "saved-view.too-many"],
  },
  changeSavedView: {
    ...put,
    ...change,
    summary: "Rename a saved view, or replace what it shows; for its owner and administrators",
    body: savedViewChange,
    response: savedView,
    problems: ["saved-view.not-found", "saved-view.not-own", "saved-view.name-taken"],
  },
  deleteSavedView: {
    ...post,
    ...change,
    path: "/api/v1/saved-views/:id/delete",
    summary: "Delete a saved view; for its owner and administrators",
    body: emptyBody,
    response: savedView,
    problems: ["saved-view.not-found", "saved-view.not-own"],
  },
} as const satisfies Readonly<Record<string, Route>>;
