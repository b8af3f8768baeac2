import type { valueListRoutes } from "#contracts/routes/value-lists";
import type { Examples } from "./example.ts";

const id = "b0d5b0c4-4c8f-4a0e-9f57-0d1f6e3c9a21";
const list = {
  id,
  name: "Vulnerability scanners",
  type: "ip",
  count: 2,
  hash: "3Q4nX0rJm0b7p1q6mP6o0m0n8q3m2rWj9m1xg9dM0lE",
  createdAt: "2026-06-17T12:04:10.000Z",
  createdBy: "lena",
} as const;
const values = ["192.0.2.0/28", "198.51.100.7"];

export const valueListExamples: Examples<typeof valueListRoutes> = {
  valueLists: { response: { items: [list], total: 1 } },
  valueList: {
    params: { id },
    query: { search: "192", limit: 200 },
    response: { list, values: values.slice(0, 1), matching: 1, usedBy: [] },
  },
  createValueList: {
    body: { name: list.name, type: "ip", values },
    response: { list, added: 2, removed: 0 },
  },
  changeValueList: {
    params: { id },
    body: { add: ["203.0.113.9"], remove: [], replace: false },
    response: { list: { ...list, count: 3 }, added: 1, removed: 0 },
  },
  deleteValueList: { params: { id }, body: {}, response: list },
};
