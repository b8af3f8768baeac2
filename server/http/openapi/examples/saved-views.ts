import type { savedViewRoutes } from "#contracts/routes/saved-views";
import type { Examples } from "./example.ts";

const id = "7f7f4f0e-5b5d-4a57-9a2c-3f6f3f0d8f11";
const view = {
  id,
  page: "hunt",
  name: "Children of the WMI provider host",
  address: "language=eql&query=process+where+process.parent.name+%3A+%22WmiPrvSE.exe%22",
  owner: "lena",
  account: "4f0c1d36-6a52-4d3c-9a52-0f4f8f6f0b53",
  createdAt: "2026-06-17T12:04:10.000Z",
} as const;

export const savedViewExamples: Examples<typeof savedViewRoutes> = {
  savedViews: { query: { page: "hunt" }, response: { items: [view], total: 1 } },
  saveView: { body: { page: view.page, name: view.name, address: view.address }, response: view },
  changeSavedView: {
    params: { id },
    body: { name: "Children of WmiPrvSE" },
    response: { ...view, name: "Children of WmiPrvSE", changedAt: "2026-06-17T12:06:00.000Z" },
  },
  deleteSavedView: { params: { id }, body: {}, response: view },
};
