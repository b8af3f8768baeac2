import { type AlertStatus, type AlertSummary, alertStatus } from "#contracts/alert";
import { accountLabel } from "../alert/account-label.ts";
import type { AlertRecord } from "../alert/record.ts";
import type { AlertQuery } from "../store/alerts/port.ts";
import { toleratingDamage } from "../store/damage.ts";
import type { Store } from "../store/port.ts";
import { summariesOf } from "../triage/alert-summary.ts";
import { type Command, readArguments, refuseUsage, reportDamage } from "./command.ts";
import { loadContent, withStore } from "./open.ts";
import { json, table } from "./terminal.ts";

const usage = `Usage: stemma alerts [--rule ID|NAME]… [--host HOST]… [--user USER]… [--status STATUS]… [--building-blocks] [--json]

Lists the queue, newest first: alerts that are not closed, without building blocks.
  --rule             only alerts of this rule (id or name)
  --host             only alerts on this host
  --user             only alerts of this user, in any spelling (NAME, DOMAIN\\NAME, NAME@DOMAIN or SID; NAME@HOST for
                     one that every host has, such as SYSTEM)
  --status           open, acknowledged, escalated, closed or all
  --building-blocks  building blocks as well
  --json             one JSON array on standard output
  --db FILE          the database (default stemma.db, or STEMMA_STORE)`;

export const alertsCommand: Command = {
  name: "alerts",
  usage,
  async run(args, context) {
    const { terminal } = context;
    const list = { type: "string", multiple: true } as const;
    const read = readArguments(
      args,
      {
        options: {
          rule: list,
          host: list,
          user: list,
          status: list,
          "building-blocks": { type: "boolean" },
          json: { type: "boolean" },
        },
        folders: ["rules"],
      },
      context,
    );
    if (!read.ok) {
      return refuseUsage(alertsCommand, read.error, terminal);
    }
    const statuses = statusesOf(read.value.texts("status"));
    if (statuses === undefined) {
      const message = `--status must be one of ${alertStatus.options.join(", ")} or all.`;
      return refuseUsage(alertsCommand, [{ code: "usage.value", message }], terminal);
    }
    return withStore(alertsCommand, read.value.config, { readOnly: true }, terminal, async (store) => {
      const query: Omit<AlertQuery, "limit"> = {
        ruleIds: await ruleIds(read.value.texts("rule"), read.value.config, store),
        hosts: await everyNameOf(store, read.value.texts("host")),
        accounts: await accountScopes(store, read.value.texts("user")),
        statuses,
        buildingBlock: read.value.flag("building-blocks") ? undefined : false,
        order: "newest-first",
      };
      const { value: alerts, damage } = await toleratingDamage(() => collect(store, query));
      terminal.out(read.value.flag("json") ? json(alerts) : readable(alerts, terminal.width));
      return reportDamage(alertsCommand, damage, terminal);
    });
  },
};

function statusesOf(given: readonly string[]): readonly AlertStatus[] | undefined {
  if (given.includes("all")) {
    return alertStatus.options;
  }
  const parsed = alertStatus.array().safeParse(given);
  return !parsed.success ? undefined : parsed.data.length > 0 ? parsed.data : ["open", "acknowledged", "escalated"];
}

/** Rules by id or name; what is no loaded rule is taken as the id of one that no longer is. */
async function ruleIds(given: readonly string[], config: Parameters<typeof loadContent>[0], store: Store) {
  if (given.length === 0) {
    return undefined;
  }
  const { ruleset } = await loadContent(config, store);
  return given.flatMap((text) => {
    const named = ruleset.rules.filter((rule) => rule.name.toLowerCase() === text.toLowerCase()).map(({ id }) => id);
    return named.length > 0 ? named : [text];
  });
}

/** Alerts without a process keep the name under which their host was recorded. */
async function everyNameOf(store: Store, given: readonly string[]) {
  if (given.length === 0) {
    return undefined;
  }
  const { hosts } = await store.lineage.accounts();
  return [...new Set(given.flatMap((name) => hosts.all(name.toLowerCase())))];
}

/** Where alerts of the accounts are: of that spelling or SID, else of every account with that name. */
async function accountScopes(store: Store, given: readonly string[]) {
  if (given.length === 0) {
    return undefined;
  }
  const accounts = await store.lineage.accounts();
  return given.flatMap((text) => {
    const one = accounts.find(text);
    const own = one === undefined ? [] : [one];
    const found = /[\\@]/.test(text) ? own : [...own, ...accounts.named(text)];
    return found.length > 0 ? found.flatMap(({ scopes }) => scopes) : [{ userKeys: [text.toLowerCase()] }];
  });
}

async function collect(store: Store, query: Omit<AlertQuery, "limit">): Promise<readonly AlertSummary[]> {
  const summaries: AlertSummary[] = [];
  let batch: AlertRecord[] = [];
  for await (const alert of store.alerts.each(query)) {
    batch.push(alert);
    if (batch.length === 500) {
      summaries.push(...(await summariesOf(store, batch)));
      batch = [];
    }
  }
  return [...summaries, ...(await summariesOf(store, batch))];
}

function readable(alerts: readonly AlertSummary[], width: number | undefined): string {
  if (alerts.length === 0) {
    return "No alerts. Use --status all to see closed ones, --building-blocks to see building blocks.\n";
  }
  const rows = alerts.map((alert) => [
    alert.id,
    alert.severity,
    alert.status,
    alert.time.slice(0, 19).replace("T", " "),
    alert.host,
    alert.user === undefined ? "?" : accountLabel(alert.user),
    alert.rule.name,
    alert.process.commandLine ?? alert.process.name ?? "",
  ]);
  const head = ["id", "severity", "status", "time (UTC)", "host", "user", "rule", "command line"];
  return `${table(head, rows, width)}\n\n${alerts.length} ${alerts.length === 1 ? "alert" : "alerts"}\n`;
}
