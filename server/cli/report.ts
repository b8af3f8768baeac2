import type { Problem } from "#contracts/problem";
import { type ShiftReportQuery, shiftReportQuery } from "#contracts/shift-report";
import { fail, ok, type Result } from "../lib/result.ts";
import { tacticsOf } from "../ruleset/list.ts";
import { toleratingDamage } from "../store/damage.ts";
import { reportMarkdown } from "../triage/report/markdown.ts";
import { shiftReportOf } from "../triage/report/read.ts";
import { type Command, readArguments, refuseUsage, reportDamage } from "./command.ts";
import { loadContent, withStore } from "./open.ts";
import { json, progressOn } from "./terminal.ts";

const usage = `Usage: stemma report [--last 8h | --from TIME [--to TIME]] [--zone ZONE] [--people] [--json]

Reports what happened over a time range, as Markdown: alerts and incidents that were opened, closed and escalated, how long
they waited, what is handed over, the noisiest rules, techniques, exceptions.
  --last         the time until now: hours or days, such as 8h (the default), 12h or 7d
  --from, --to   a time range: ISO 8601, such as 2026-06-17T06:00:00Z; --to is now if it is left out
  --zone         the time zone of the Markdown (default: that of this machine), such as Europe/Berlin
  --people       what each person did, too
  --json         one JSON object on standard output
  --db FILE      the database (default stemma.db, or STEMMA_STORE)`;

const units: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 };

export const reportCommand: Command = {
  name: "report",
  usage,
  async run(args, context) {
    const { terminal } = context;
    const text = { type: "string" } as const;
    const options = {
      ...{ last: text, from: text, to: text, zone: text },
      people: { type: "boolean" },
      json: { type: "boolean" },
    } as const;
    const read = readArguments(args, { options, folders: ["rules", "playbooks"] }, context);
    if (!read.ok) {
      return refuseUsage(reportCommand, read.error, terminal);
    }
    const now = Date.now();
    const query = queryOf((name) => read.value.text(name), now);
    if (!query.ok) {
      return refuseUsage(reportCommand, [query.error], terminal);
    }
    const { from, to, zone } = query.value;
    return withStore(reportCommand, read.value.config, { readOnly: true }, terminal, async (store) => {
      const { ruleset, playbooks } = await loadContent(read.value.config, store);
      const progress = progressOn(terminal);
      const { value: report, damage } = await toleratingDamage(() =>
        shiftReportOf(store, playbooks, {
          ...{ from: Date.parse(from), to: Date.parse(to), people: read.value.flag("people"), now },
          tacticsOf: (id) => tacticsOf(ruleset.byId.get(id) ?? { techniques: [], tags: [] }),
          onProgress: ({ done }) => progress.show(`${done.toLocaleString("en")} alerts read`),
        }),
      );
      progress.end();
      terminal.out(read.value.flag("json") ? json(report) : reportMarkdown(report, zone));
      return reportDamage(reportCommand, damage, terminal);
    });
  },
};

function queryOf(text: (name: string) => string | undefined, now: number): Result<ShiftReportQuery, Problem> {
  const [last, from] = [text("last"), text("from")];
  if (last !== undefined && (from !== undefined || text("to") !== undefined)) {
    return fail({ code: "usage.value", message: "--last cannot be combined with --from and --to." });
  }
  if (from === undefined && text("to") !== undefined) {
    return fail({ code: "usage.value", message: "--to needs --from." });
  }
  const [, count = "", unit = ""] = /^([1-9]\d{0,4})([hd])$/.exec(last ?? "8h") ?? [];
  const span = Number(count) * (units[unit] ?? Number.NaN);
  if (Number.isNaN(span)) {
    return fail({ code: "usage.value", message: "--last must be hours or days, such as 8h or 7d." });
  }
  const query = shiftReportQuery.safeParse({
    from: from ?? new Date(now - span).toISOString(),
    to: text("to") ?? new Date(now).toISOString(),
    zone: text("zone") ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
  const [issue] = query.error?.issues ?? [];
  return query.success
    ? ok(query.data)
    : fail({ code: "usage.value", message: `--${issue?.path.join(".")} ${issue?.message}.` });
}
