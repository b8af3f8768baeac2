import type { ExceptionRecord } from "#contracts/exception";
import { exceptionQuery, exceptionStateAt } from "#contracts/exception-life";
import { explainEntry } from "../exception/explain.ts";
import { exceptionHealthOf } from "../exceptions/life/health.ts";
import { hiddenHitsOf } from "../exceptions/life/hidden.ts";
import { exceptionPageOf } from "../exceptions/life/list.ts";
import { exceptionVersionsOf } from "../exceptions/life/versions.ts";
import { visible } from "../lib/visible.ts";
import { type Command, cannotRun, readArguments, refuseUsage } from "./command.ts";
import { loadContent, withStore } from "./open.ts";
import { json } from "./terminal.ts";

const listUsage = `Usage: stemma exception list [--state STATE…] [--rule ID] [--json]

Lists the saved exceptions, newest first.
  --state STATE  shadow, enforced, expired, disabled, deleted, or due (for review); may be repeated
  --rule ID      those that apply to this rule`;

const showUsage = `Usage: stemma exception show ID [--json]

Shows an exception with its history, its health and the newest hundred hits.`;

/** Exceptions per page. */
const PAGE = 500;
/** Changes and hits that are shown. */
const most = 100;

export const listCommand: Command = {
  name: "exception list",
  usage: listUsage,
  async run(args, context) {
    const { terminal } = context;
    const options = {
      json: { type: "boolean" },
      state: { type: "string", multiple: true },
      rule: { type: "string" },
    } as const;
    const positionals = { least: 0, most: 0, what: "nothing" };
    const read = readArguments(args, { options, folders: ["rules"], positionals }, context);
    if (!read.ok) {
      return refuseUsage(listCommand, read.error, terminal);
    }
    const { config, flag, text, texts } = read.value;
    const states = texts("state");
    const query = exceptionQuery.safeParse({
      ...(states.length === 0 ? {} : { state: states }),
      ...{ rule: text("rule"), limit: PAGE },
    });
    if (!query.success) {
      const message = "--state must be shadow, enforced, expired, disabled, deleted or due.";
      return refuseUsage(listCommand, [{ code: "usage.value", message }], terminal);
    }
    return withStore(listCommand, config, { readOnly: true }, terminal, async (store) => {
      const { ruleset } = await loadContent(config, store);
      const now = Date.now();
      const items: ExceptionRecord[] = [];
      let cursor: string | undefined;
      do {
        const page = await exceptionPageOf(store, ruleset.byId, { ...query.data, cursor }, now);
        if (!page.ok) {
          return cannotRun(listCommand, page.error, terminal);
        }
        items.push(...page.value.items);
        cursor = page.value.next;
      } while (cursor !== undefined);
      const withState = items.map((record) => ({ ...record, state: exceptionStateAt(record, now) }));
      terminal.out(
        flag("json")
          ? json({ items: withState, total: items.length })
          : withState
              .map(({ id, state, hits, name }) => `${visible(`${id}  ${state}  ${hits} hits  ${name}`)}\n`)
              .join(""),
      );
      return 0;
    });
  },
};

export const showCommand: Command = {
  name: "exception show",
  usage: showUsage,
  async run(args, context) {
    const { terminal } = context;
    const positionals = { least: 1, most: 1, what: "the id of an exception" };
    const options = { json: { type: "boolean" } } as const;
    const read = readArguments(args, { options, folders: ["rules"], positionals }, context);
    if (!read.ok) {
      return refuseUsage(showCommand, read.error, terminal);
    }
    const { config, flag } = read.value;
    const id = read.value.positionals[0] ?? "";
    return withStore(showCommand, config, { readOnly: true }, terminal, async (store) => {
      const { ruleset } = await loadContent(config, store);
      const now = Date.now();
      const record = await store.exceptions.get(id);
      const health = await exceptionHealthOf(store, id, now);
      const context = { store, detector: ruleset.detector, now };
      const hidden = await hiddenHitsOf(context, id, { limit: most });
      if (record === undefined || !health.ok || !hidden.ok) {
        const remedy = "List ids with: stemma exception list";
        return cannotRun(
          showCommand,
          { code: "exception.not-found", message: `No exception has the id ${id}.`, remedy },
          terminal,
        );
      }
      const versions = await exceptionVersionsOf(store.audit, id, { limit: most });
      if (flag("json")) {
        terminal.out(json({ exception: record, health: health.value, versions, hidden: hidden.value }));
        return 0;
      }
      const { state, hits, since, news } = health.value;
      const lines = [
        `${record.name}  (${state}, version ${record.version ?? 1}, ${hits} hits)`,
        ...[record.entries, ...(record.alternatives ?? [])].map(
          (group, index) => `  ${index === 0 ? "if" : "or"} ${group.map(explainEntry).join(" and ")}`,
        ),
        `Reason: ${record.reason}`,
        `Hits since this version was saved: ${since}`,
        ...Object.entries(news).flatMap(([kind, values]) =>
          values.map(({ value, count }) => `  new in ${kind}: ${value} (${count})`),
        ),
        "History:",
        ...versions.items.map(
          ({ at, actor, action, changes }) => `  ${at}  ${actor}  ${action}  ${changes.join("; ")}`,
        ),
        "Hits:",
        ...hidden.value.items.map(
          ({ time, state: what, host = "", user = "", commandLine = "" }) =>
            `  ${time}  ${what}  ${host}  ${user}  ${commandLine}`,
        ),
        ...(hidden.value.next === undefined ? [] : [`  … ${hidden.value.total} in all`]),
      ];
      terminal.out(`${lines.map(visible).join("\n")}\n`);
      return 0;
    });
  },
};
