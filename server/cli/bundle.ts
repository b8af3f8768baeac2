import { randomUUID } from "node:crypto";
import { existsSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Bundle } from "#contracts/bundle";
import type { Problem } from "#contracts/problem";
import { incidentKey } from "../alert/incident-key.ts";
import { bundleOf } from "../evidence/bundle.ts";
import { type BundleFile, bundleFiles } from "../evidence/files.ts";
import { bundleLimits, noLimits } from "../evidence/limits.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { visible } from "../lib/visible.ts";
import type { Store } from "../store/port.ts";
import { type Command, cannotRun, readArguments, refuseUsage } from "./command.ts";
import { loadContent, version, withStore } from "./open.ts";
import { json, progressOn } from "./terminal.ts";

const usage = `Usage: stemma bundle INCIDENT|ALERT [-o FILE|FOLDER] [--everything] [--force] [--json]

Writes everything about an incident into two files: an HTML file that opens in any browser without a server, and the
same as JSON. Names the incident by its key, or by one of its alerts. Changes nothing in the store.
  -o, --output FILE  the HTML file; the JSON file gets the same name. A folder: both get names of their own in it
                     (default: the current folder)
  --everything       without limits: large incidents make large files. Otherwise the file says what was left out
  --force            replace files that exist
  --json             one JSON object on standard output
  --db FILE          the database (default stemma.db, or STEMMA_STORE)

Exit code 1: the files were written, but the audit trail of the store is not intact. Check a file: stemma verify FILE`;

export const bundleCommand: Command = {
  name: "bundle",
  usage,
  async run(args, context) {
    const { terminal, directory } = context;
    const flag = { type: "boolean" } as const;
    const read = readArguments(
      args,
      {
        options: { output: { type: "string", short: "o" }, everything: flag, force: flag, json: flag },
        folders: ["rules", "playbooks"],
        settings: ["db", "store", "analyst", "person"],
        positionals: { least: 1, most: 1, what: "the key of an incident, or the id of an alert" },
      },
      context,
    );
    if (!read.ok) {
      return refuseUsage(bundleCommand, read.error, terminal);
    }
    const { config, positionals, ...given } = read.value;
    return withStore(bundleCommand, config, { readOnly: true }, terminal, async (store) => {
      const { ruleset, playbooks } = await loadContent(config, store);
      const progress = progressOn(terminal);
      const made = await bundleOf(
        store,
        { rules: ruleset.byId, playbooks, version },
        {
          key: await incidentNamed(store, positionals[0] ?? ""),
          at: Date.now(),
          actor: { name: config.analyst },
          limits: given.flag("everything") ? noLimits : bundleLimits,
          onProgress: ({ done, total, unit }) => progress.show(`${done} of ${total} ${unit}`),
        },
      );
      progress.end();
      if (!made.ok) {
        return cannotRun(bundleCommand, made.error, terminal);
      }
      const output = resolve(directory, given.text("output") ?? ".");
      const written = writeFiles(bundleFiles(made.value), output, given.flag("force"));
      if (!written.ok) {
        return cannotRun(bundleCommand, written.error, terminal);
      }
      const report = reportOf(made.value, written.value);
      terminal.out(given.flag("json") ? json(report) : readable(report));
      return report.trail.intact ? 0 : 1;
    });
  },
};

/** The key of the incident that is named by itself or by one of its alerts. */
export async function incidentNamed(store: Pick<Store, "alerts">, name: string): Promise<string> {
  const alert = await store.alerts.get(name);
  return alert === undefined ? name : incidentKey(alert);
}

interface Written {
  readonly html: string;
  readonly json: string;
}

/** Files appear whole or not at all, for their owner alone. */
function writeFiles(files: ReturnType<typeof bundleFiles>, output: string, force: boolean): Result<Written, Problem> {
  const isFolder = existsSync(output) && statSync(output).isDirectory();
  const html = isFolder ? join(output, files.html.name) : output;
  const paths: Written = isFolder
    ? { html, json: join(output, files.json.name) }
    : { html, json: `${html.replace(/\.html?$/i, "")}.json` };
  const there = Object.values(paths).find((path) => existsSync(path));
  if (there !== undefined && !force) {
    return fail({
      code: "bundle.exists",
      message: `${there} is there already`,
      remedy: "Name another file with -o, or replace it with --force.",
    });
  }
  try {
    writeWhole(paths.html, files.html);
    writeWhole(paths.json, files.json);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return fail({ code: "bundle.not-written", message, remedy: "Name a place that you can write to with -o." });
  }
  return ok(paths);
}

function writeWhole(path: string, { text }: BundleFile): void {
  const unfinished = `${path}.${randomUUID()}.part`;
  try {
    writeFileSync(unfinished, text, { mode: 0o600, flush: true });
    renameSync(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

function reportOf({ sections, omitted, hashes }: Bundle, files: Written) {
  return {
    ...files,
    incident: sections.incident.key,
    title: sections.incident.title,
    sha256: hashes.bundle,
    counts: {
      alerts: sections.alerts.length,
      processes: sections.processes.nodes.length,
      events: sections.timeline.items.length,
      records: sections.records.length,
      audit: sections.audit.records.length,
    },
    omitted,
    trail: sections.audit.trail,
  };
}

function readable({
  html,
  json: document,
  title,
  sha256,
  counts,
  omitted,
  trail,
}: ReturnType<typeof reportOf>): string {
  const listed = Object.entries(counts).map(([what, count]) => `${count} ${what === "audit" ? "audit records" : what}`);
  const lines = [
    title,
    listed.join(", "),
    ...omitted.map(({ what, shown, total, why }) => `left out: ${shown} of ${total} ${what} are in it. ${why}`),
    ...(trail.intact ? [] : [`warning: the audit trail of the store is broken at record ${trail.brokenAt}`]),
    html,
    document,
    `bundle ${sha256}`,
  ];
  return `${lines.map(visible).join("\n")}\n`;
}
