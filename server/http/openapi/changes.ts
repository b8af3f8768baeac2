import { change, presence, ready } from "#contracts/changes";
import { changesRoute } from "#contracts/routes/changes";
import type { Example } from "./examples/example.ts";
import { type Json, referenceTo } from "./schemas.ts";

/** How the OpenAPI document describes `/api/v1/changes`. */

const key = "WS01|6f3a2c1d-0004-6a31-5c21-000000000b00";
const mark = "412-9f2c61ab-1734";

export const lastEventId: Json = {
  name: "Last-Event-ID",
  in: "header",
  required: false,
  description: "As `since`. Browsers send it when they connect again by themselves.",
  schema: { type: "string" },
};

const messages = [
  "event: ready",
  `id: ${mark}`,
  'data: {"missed":false}',
  "",
  "event: presence",
  `data: {"key":"${key}","people":[{"name":"Tom","since":"2026-06-17T12:04:10.000Z"}]}`,
  "",
  "event: changes",
  "id: 413-5b7e02fc-1735",
  `data: [{"kind":"incident","key":"${key}","by":["Tom"]},{"kind":"alerts"}]`,
  "",
  "",
].join("\n");

export const changesExample: Example<typeof changesRoute> = {
  query: { incident: [key], since: mark },
  response: messages,
};

export const streamResponse: Json = {
  description: "A stream that ends with the connection or the session",
  content: {
    "text/event-stream": {
      schema: referenceTo(changesRoute.response),
      example: changesExample.response,
      "x-event-data": {
        ready: referenceTo(ready),
        changes: { type: "array", items: referenceTo(change) },
        presence: referenceTo(presence),
      },
    },
  },
};
