import { z } from "zod";
import { fail } from "../../lib/result.ts";
import { answered, counted, type Tool, tool } from "../tool.ts";
import { alertId, cursor } from "./alerts.ts";
import { alertShape, eventShape, processShape } from "./shapes.ts";

const processKey = z.string().min(1).max(2000).describe("Key of a process, from an alert or a tree.");

export const lineageTools: readonly Tool[] = [
  tool({
    name: "get_process_tree",
    title: "Process tree",
    description:
      "The processes around an alert or a process: ancestors up to the root, children, logon sessions, alerts on them, " +
      "and links to other hosts. `certainty` says how a parent is known.",
    effect: "read",
    input: z.object({ alert: alertId.optional(), process: processKey.optional() }),
    async run({ alert, process }, { api, signal }) {
      if ((alert === undefined) === (process === undefined)) {
        return fail({ code: "request.invalid", detail: "Give either an alert or a process." });
      }
      const tree =
        alert === undefined
          ? await api.call("processNeighbourhood", { params: { key: process ?? "" } }, signal)
          : await api.call("lineage", { params: { id: alert } }, signal);
      return answered(tree, ({ focus, nodes, sessions, truncations, childGroups, links }) => ({
        summary:
          focus === ""
            ? "The alert is on an event that names no process."
            : `${counted(nodes.length, nodes.length, "process").replace("processs", "processes")}, ${counted(sessions.length, sessions.length, "session")}, ${counted(links.length, links.length, "link")} between hosts.`,
        data: { focus, processes: nodes.map(processShape), sessions, childGroups, links, truncations },
      }));
    },
  }),
  tool({
    name: "get_process_events",
    title: "Events of a process",
    description: "The stored events of one process, by time, with all fields.",
    effect: "read",
    input: z.object({ process: processKey, limit: z.number().int().min(1).max(100).default(25), cursor }),
    async run({ process: key, ...query }, { api, signal }) {
      const page = await api.call("processEvents", { params: { key }, query }, signal);
      return answered(page, ({ items, total, next, truncationReason }) => ({
        summary: `${counted(items.length, total, "event")}.`,
        data: { next, truncationReason, events: items.map(eventShape) },
      }));
    },
  }),
  tool({
    name: "get_event",
    title: "Event",
    description: "One stored event with all fields and where its record came from.",
    effect: "read",
    input: z.object({ event: z.string().min(1).max(500) }),
    async run({ event: id }, { api, signal }) {
      const event = await api.call("event", { params: { id } }, signal);
      return answered(event, (data) => ({ summary: "One event.", data }));
    },
  }),
  tool({
    name: "get_host",
    title: "Host",
    description: "A host: alerts, logons, sessions, processes, users, risk, and for which times there is data.",
    effect: "read",
    input: z.object({ host: z.string().min(1).max(500) }),
    async run({ host: key }, { api, signal }) {
      const page = await api.call("host", { params: { key } }, signal);
      return answered(page, ({ alerts, processes, ...host }) => ({
        summary: `${counted(alerts.items.length, alerts.total, "alert")} and ${host.events} events on the host.`,
        data: { ...host, alerts: alerts.items.map(alertShape), processes: processes.items.map(processShape) },
      }));
    },
  }),
  tool({
    name: "get_user",
    title: "User",
    description: "An account: hosts, alerts, logons, sessions, processes and risk.",
    effect: "read",
    input: z.object({
      user: z
        .string()
        .min(1)
        .max(500)
        .describe(
          "Key of a user: `domain\\name` in any spelling, a SID, or `domain\\name@host` for SYSTEM and others like it.",
        ),
    }),
    async run({ user: key }, { api, signal }) {
      const page = await api.call("user", { params: { key } }, signal);
      return answered(page, ({ alerts, processes, ...user }) => ({
        summary: `${counted(alerts.items.length, alerts.total, "alert")} of the account.`,
        data: { ...user, alerts: alerts.items.map(alertShape), processes: processes.items.map(processShape) },
      }));
    },
  }),
  tool({
    name: "get_session",
    title: "Logon session",
    description: "A logon session: how and from where it was opened, what ran in it, and where it led.",
    effect: "read",
    input: z.object({ session: z.string().min(1).max(2000).describe("Key of a session, from a tree.") }),
    async run({ session: key }, { api, signal }) {
      const page = await api.call("session", { params: { key } }, signal);
      return answered(page, ({ alerts, processes, ...session }) => ({
        summary: `${counted(alerts.items.length, alerts.total, "alert")} in the session.`,
        data: { ...session, alerts: alerts.items.map(alertShape), processes: processes.items.map(processShape) },
      }));
    },
  }),
];
