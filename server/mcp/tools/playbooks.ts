import { z } from "zod";
import { ruleLanguage } from "#contracts/language";
import { answered, counted, type Tool, tool } from "../tool.ts";
import { alertId } from "./alerts.ts";
import { eventShape } from "./shapes.ts";

export const playbookTools: readonly Tool[] = [
  tool({
    name: "get_playbook",
    title: "Playbook of an alert",
    description:
      "The questions to answer for an alert, each with what raises and what lowers concern, its queries, the answers " +
      "that people recorded, and the verdict that follows from those.",
    effect: "read",
    input: z.object({ alert: alertId }),
    async run({ alert: id }, { api, signal }) {
      const view = await api.call("playbook", { params: { id } }, signal);
      return answered(view, ({ steps, verdict, checklists: _, ...playbook }) => ({
        summary: `${counted(steps.length, steps.length, "step")}, ${verdict.answered} answered by people; the verdict is ${verdict.outcome}.`,
        data: { ...playbook, verdict, steps },
      }));
    },
  }),
  tool({
    name: "run_playbook_query",
    title: "Run a playbook query",
    description:
      "Runs one query of a playbook with the values of the alert. `no-hits` means that the data is there and nothing " +
      "matches; `partly-covered` that hits would have been recorded only for a part of the window, and `no-data` that " +
      "they could not have been recorded: both prove nothing.",
    effect: "read",
    input: z.object({
      alert: alertId,
      query: z.string().min(1).max(200).describe("Id of a query of a step, from get_playbook."),
      anchor: z.enum(["event", "detection"]).optional().describe("The time that the window is relative to."),
      limit: z.number().int().min(1).max(100).default(20),
    }),
    async run({ alert: id, query, anchor, limit }, { api, signal }) {
      const run = await api.call("stepQuery", { params: { id, query }, query: { anchor, limit } }, signal);
      return answered(run, ({ outcome, total, rows, groups, ...rest }) => ({
        summary: `Outcome: ${outcome}. ${counted(rows.length, total, "row")}.`,
        data: {
          ...rest,
          outcome,
          total,
          groups: groups.map(({ label, state, missing, hits, notes }) => ({ label, state, missing, hits, notes })),
          rows: rows.map(({ sources: _, source, ...row }) => ({ ...row, source: source?.provider ?? source?.channel })),
        },
      }));
    },
  }),
  tool({
    name: "get_suggestion",
    title: "Suggested answer",
    description: "The answer to a step that the checks of the playbook support, with reasons and evidence, if any.",
    effect: "read",
    input: z.object({ alert: alertId, step: z.string().min(1).max(200).describe("Id of a step of the playbook.") }),
    async run({ alert: id, step }, { api, signal }) {
      const result = await api.call("suggestion", { params: { id, step } }, signal);
      return answered(result, ({ suggestion }) => ({
        summary:
          suggestion === undefined ? "The checks support no answer." : `The checks support: ${suggestion.value}.`,
        data: suggestion ?? {},
      }));
    },
  }),
  tool({
    name: "search_events",
    title: "Search events",
    description:
      "Searches the stored events in EQL, KQL, Sigma or Splunk's tstats. Field names are those of ECS. Events come " +
      "newest first; `coverage` tells for which hosts and times there is data.",
    effect: "read",
    input: z.object({
      language: ruleLanguage,
      query: z.string().min(1).max(20_000),
      from: z.string().max(40).optional().describe("Earliest time of the events, ISO 8601."),
      to: z.string().max(40).optional().describe("Latest time of the events, ISO 8601."),
      limit: z.number().int().min(1).max(100).default(20),
    }),
    async run(body, { api, signal }) {
      const found = await api.call("hunt", { body }, signal);
      return answered(found, ({ rows, total, exact, ...rest }) => ({
        summary: `${counted(rows.length, total, "event")}${exact ? "" : " or more"}.`,
        data: { ...rest, total, exact, events: rows.map(eventShape) },
      }));
    },
  }),
  tool({
    name: "decode_text",
    title: "Decode a command line or a script",
    description:
      "What is encoded in a command line or a script: base64, packed bytes, character codes, texts in pieces, within " +
      "each other, each with the steps to it. Nothing is executed. `undecoded` says what was left out, and why.",
    effect: "read",
    input: z.object({ text: z.string().min(1).max(200_000) }),
    async run(body, { api, signal }) {
      const found = await api.call("decode", { body }, signal);
      return answered(found, (data) => ({
        summary: data.decodings.length === 0 ? "Nothing is encoded in it." : `${data.decodings.length} decoded.`,
        data,
      }));
    },
  }),
];
