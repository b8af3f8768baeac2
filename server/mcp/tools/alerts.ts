import { z } from "zod";
import { alertStatus, severity } from "#contracts/alert";
import { queueGrouping } from "#contracts/queue";
import { answered, counted, type Tool, tool } from "../tool.ts";
import { alertShape } from "./shapes.ts";

export const alertId = z.string().min(1).max(200).describe("Id of an alert, from get_queue.");
export const cursor = z.string().max(4000).optional().describe("`next` of the preceding page.");
const time = z.string().max(40).optional();

export const alertTools: readonly Tool[] = [
  tool({
    name: "get_queue",
    title: "Alert queue",
    description:
      "The queue of alerts, worst first: incidents (alerts under one lineage root), or alerts grouped otherwise. Start here.",
    effect: "read",
    input: z.object({
      group: queueGrouping.optional().describe("`lineage` (default) groups by incident, `none` lists single alerts."),
      status: z.array(alertStatus).optional().describe("Default: open, acknowledged and escalated."),
      severity: z.array(severity).optional(),
      rule: z.array(z.string().max(500)).max(50).optional().describe("Rule ids."),
      host: z.array(z.string().max(500)).max(50).optional(),
      user: z.array(z.string().max(500)).max(50).optional().describe("User keys."),
      from: time.describe("Earliest time of the event, ISO 8601."),
      to: time.describe("Latest time of the event, ISO 8601."),
      text: z.string().max(500).optional().describe("Words that occur in the alert."),
      limit: z.number().int().min(1).max(100).default(20).describe("Rows per page."),
      cursor,
    }),
    async run(query, { api, signal }) {
      const page = await api.call("queue", { query }, signal);
      return answered(page, ({ items, total, totalAlerts, next, counts, emptyReason }) => ({
        summary: `${counted(items.length, total, "row")} with ${totalAlerts} alerts in all.`,
        data: {
          counts,
          emptyReason,
          next,
          rows: items.map(({ alerts, key, title, severity, riskScore, latest, hosts, users, alertCount }) => ({
            key,
            title,
            severity,
            riskScore,
            latest,
            hosts,
            users,
            alertCount,
            alerts: alerts.slice(0, 5).map(({ id, rule, severity, time, host, process, status }) => ({
              id,
              rule: rule.name,
              severity,
              time,
              host,
              process: process.name,
              commandLine: process.commandLine,
              status,
            })),
          })),
        },
      }));
    },
  }),
  tool({
    name: "get_alert",
    title: "Alert",
    description:
      "One alert: what matched with which values, the rule, how similar alerts were closed, and its history.",
    effect: "read",
    input: z.object({ alert: alertId }),
    async run({ alert: id }, { api, signal }) {
      const alert = await api.call("alert", { params: { id } }, signal);
      return answered(alert, (detail) => ({
        summary: `Alert of severity ${detail.severity}, ${detail.status}. ${counted(detail.openProposals, detail.openProposals, "open proposal")}.`,
        data: {
          ...alertShape(detail),
          fields: detail.fields,
          matched: detail.matched,
          correlation: detail.correlation,
          members: detail.members,
          history: detail.history,
          ruleDetail: detail.ruleDetail,
          similar: detail.similar,
          related: detail.related,
          escalation: detail.escalation,
        },
      }));
    },
  }),
  tool({
    name: "get_incident",
    title: "Incident of an alert",
    description:
      "The incident of an alert: its alerts across rules and hosts, its status, assignee, tags, comments and history.",
    effect: "read",
    input: z.object({ alert: alertId, limit: z.number().int().min(1).max(100).default(30), cursor }),
    async run({ alert: id, ...query }, { api, signal }) {
      const alert = await api.call("alert", { params: { id } }, signal);
      if (!alert.ok) {
        return answered(alert, () => ({ summary: "", data: {} }));
      }
      const incident = await api.call("incident", { params: { key: alert.value.incidentKey }, query }, signal);
      return answered(incident, ({ items, total, next, removed, ...rest }) => ({
        summary: `${counted(items.length, total, "alert")} on ${counted(rest.hosts.length, rest.hosts.length, "host")}, ${rest.status}; ${removed.total} removed by analysts.`,
        data: { ...rest, next, alerts: items.map(alertShape), removed: removed.items.map(alertShape) },
      }));
    },
  }),
];
