import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { problemType } from "#contracts/problem";
import { saved } from "../test/fixtures/exceptions.ts";
import { RequestError, request } from "./client.ts";

const params = { id: "ex-1" };
const seen = { name: "exception", params } as const;
const conflict = {
  changed: [
    {
      at: "2026-06-17T12:00:00.000Z",
      actor: "mika",
      action: "exception.disabled",
      fields: [{ field: "reason", after: "over" }],
    },
  ],
  total: 1,
  current: '"8-bbbbbbbb"',
};

let responses: Response[];
let conditions: (string | null)[];
beforeEach(() => {
  responses = [];
  conditions = [];
  vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
    conditions.push(new Headers(init.headers).get("if-match"));
    return responses.shift();
  });
});
afterEach(() => vi.unstubAllGlobals());

const answered = (tag: string) => Response.json(saved, { headers: { etag: tag } });
const refused = () =>
  Response.json(
    { type: problemType("request.conflict"), code: "request.conflict", title: "Changed", status: 409, conflict },
    { status: 409 },
  );
const disable = () => request("disableException", { params, body: { reason: "over" }, seen });

it("sends a change on the state that the latest read or change showed", async () => {
  responses = [answered('"7-aaaaaaaa.x"'), answered('"8-bbbbbbbb.y"'), answered('"9-cccccccc.z"')];
  await request("exception", { params });
  await disable();
  await disable();
  expect(conditions).toEqual([null, '"7-aaaaaaaa.x"', '"8-bbbbbbbb.y"']);
});

it("keeps what others changed, and sends the same change again on top of it", async () => {
  responses = [answered('"7-aaaaaaaa.x"'), refused(), answered('"9-cccccccc.z"')];
  await request("exception", { params });
  const error = await disable().catch((reason: unknown) => reason);
  expect(error instanceof RequestError && error.details.conflict).toEqual(conflict);
  await disable();
  expect(conditions).toEqual([null, '"7-aaaaaaaa.x"', '"8-bbbbbbbb"']);
});

it("sends a change of what was not read without a condition", async () => {
  responses = [answered('"1-dddddddd.x"')];
  await request("disableException", { params: { id: "other" }, body: { reason: "over" } });
  expect(conditions).toEqual([null]);
});
