import { eventSourceNames } from "#contracts/event-source";
import { mapAnyRecord } from "./any.ts";
import { putEnd } from "./security-steps.ts";
import type { EventSource, RecordType } from "./source.ts";
import { account, localAddress, record, type Step, step, text } from "./steps.ts";

/** Remote Desktop: sessions on this host (LocalSessionManager), connections to it, and connections from it. */

const [manager, core, client] = eventSourceNames["terminal-services"].otherChannels;

function session(action: string, type: string): RecordType {
  const what = { action, category: ["session"], type: [type] };
  return record(what, account("user", "User"), localAddress("source.ip", "Address"));
}

/** `10.0.0.5:49812` */
const clientAddress = step(["source.ip", "source.port"], (fields, data) => {
  const [, address, port] = /^\[?(.+?)\]?:(\d+)$/.exec(data.get("ClientIP") ?? "") ?? [];
  putEnd(fields, "source", address, port);
});

function outbound(action: string): RecordType {
  const to: readonly Step[] = [text("destination.domain", "Value"), localAddress("destination.ip", "Value")];
  return record({ channel: client, action, category: ["network"], type: ["connection", "info"] }, ...to);
}

export const terminalServices: EventSource = {
  id: "terminal-services",
  records: new Map<string, RecordType>([
    ["21", session("session-logged-in", "start")],
    ["22", session("session-shell-started", "info")],
    ["23", session("session-logged-out", "end")],
    ["24", session("session-disconnected", "end")],
    ["25", session("session-reconnected", "start")],
    [
      "1149",
      record(
        { channel: manager, action: "remote-desktop-authenticated", category: ["authentication"], type: ["info"] },
        text("user.name", "Param1"),
        text("user.domain", "Param2"),
        localAddress("source.ip", "Param3"),
      ),
    ],
    [
      "131",
      record(
        { channel: core, action: "remote-desktop-connection", category: ["network"], type: ["connection"] },
        clientAddress,
      ),
    ],
    ["1024", outbound("remote-desktop-connecting")],
    ["1102", outbound("remote-desktop-connected")],
  ]),
  map: mapAnyRecord,
};
