import {
  changedValueList,
  newValueList,
  valueList,
  valueListChange,
  valueListDetail,
  valueListQuery,
  valueLists,
} from "../value-list.ts";
import { emptyBody, get, post, type Route, workProblems } from "./route.ts";

export const valueListRoutes = {
  valueLists: {
    ...get,
    path: "/api/v1/value-lists",
    summary: "Value lists by name",
    response: valueLists,
  },
  valueList: {
    ...get,
    path: "/api/v1/value-lists/:id",
    summary: "One value list with the first of its values",
    query: valueListQuery,
    response: valueListDetail,
    problems: [...workProblems, "value-list.not-found"],
  },
  createValueList: {
    ...post,
    access: "author",
    path: "/api/v1/value-lists",
    summary: "Create a value list for exceptions",
    body: newValueList,
    response: changedValueList,
    problems: [
      ...workProblems,
      "value-list.name-taken",
      "value-list.too-many",
      "value-list.invalid-value",
      "value-list.too-large",
    ],
  },
  changeValueList: {
    ...post,
    access: "author",
    path: "/api/v1/value-lists/:id/values",
    summary: "Add values to a list, or remove them",
    body: valueListChange,
    response: changedValueList,
    problems: [...workProblems, "value-list.not-found", "value-list.invalid-value", "value-list.too-large"],
  },
  deleteValueList: {
    ...post,
    access: "author",
    path: "/api/v1/value-lists/:id/delete",
    summary: "Delete a value list that no exception refers to",
    body: emptyBody,
    response: valueList,
    problems: ["value-list.not-found", "value-list.in-use"],
  },
} as const satisfies Readonly<Record<string, Route>>;
