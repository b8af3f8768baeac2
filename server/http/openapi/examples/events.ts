import type { eventRoutes } from "#contracts/routes/events";
import type { Examples } from "./example.ts";
import { coverage, event, eventId, source } from "./shared.ts";

export const eventExamples: Examples<typeof eventRoutes> = {
  event: { params: { id: eventId }, response: event },
  rawEvent: {
    params: { id: eventId },
    response: {
      source,
      record: {
        "@timestamp": "2026-06-16T15:04:05.240Z",
        winlog: { event_id: "1", record_id: 123_964_100, event_data: { Image: "C:\\Windows\\System32\\cmd.exe" } },
      },
    },
  },
  decode: {
    body: { text: "powershell.exe -enc dwBoAG8AYQBtAGkA" },
    response: { decodings: [{ steps: ["base64", "utf-16le"], text: "whoami", cut: false }], undecoded: [] },
  },
  hunt: {
    body: {
      language: "eql",
      query: 'process where process.name == "cmd.exe"',
      from: "2026-06-16T00:00:00Z",
      limit: 1,
    },
    response: {
      rows: [{ ...event, what: "Process started", summary: "started cmd.exe /Q /c whoami" }],
      total: 76,
      exact: true,
      truncationReason: "The latest 1 of 76 events are shown.",
      tested: 76,
      milliseconds: 3,
      coverage: [coverage],
    },
  },
  huntExport: {
    body: {
      language: "eql",
      query: 'process where process.name == "cmd.exe"',
      format: "csv",
      columns: ["time", "host.name", "process.command_line"],
    },
    response: {
      text: "time,host.name,process.command_line\r\n2026-06-16T15:04:05.240Z,srv-02,cmd.exe /Q /c whoami\r\n",
      rows: 1,
    },
  },
};
