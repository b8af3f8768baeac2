import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { BundleCheck } from "#contracts/bundle";
import type { Problem } from "#contracts/problem";
import { compareWithStore } from "../evidence/compare.ts";
import { isWhole, type Verification, verifyBundle } from "../evidence/verify.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { visible } from "../lib/visible.ts";
import { readEnd } from "./audit.ts";
import { type Command, cannotRun, type ExitCode, readArguments, refuseUsage } from "./command.ts";
import { withStore } from "./open.ts";
import { json, type Terminal } from "./terminal.ts";

const usage = `Usage: stemma verify FILE [--audit-head NUMBER:HASH] [--db FILE | --store STORE] [--json]

Checks a file that stemma bundle wrote, HTML or JSON, without a store: its hashes, from those of the source records to
that of the whole; the audit records and what links them; that the evidence of answers is in it; and that the page says
exactly what its data says. Each check is ok or failed, with the place.
  --audit-head  an end of the audit trail that was noted down: whether the bundle is of that trail
  --db FILE     also compare source records and audit records with this store
  --json        one JSON object on standard output

It shows that the file was not changed in parts. It does not show who made it: compare the hash of the bundle with one
that came another way.
Exit code 1: a check failed. 2: the file cannot be read.`;

export const verifyCommand: Command = {
  name: "verify",
  usage,
  async run(args, context) {
    const { terminal, directory } = context;
    const options = { json: { type: "boolean" }, "audit-head": { type: "string" } } as const;
    const positionals = { least: 1, most: 1, what: "the file to check" };
    const read = readArguments(args, { options, positionals }, context);
    if (!read.ok) {
      return refuseUsage(verifyCommand, read.error, terminal);
    }
    const { config, text, flag, positionals: given } = read.value;
    const head = text("audit-head");
    const end = head === undefined ? undefined : readEnd(head);
    if (end?.ok === false) {
      return refuseUsage(verifyCommand, [end.error], terminal);
    }
    const file = resolve(directory, given[0] ?? "");
    const bytes = bytesOf(file);
    if (!bytes.ok) {
      return cannotRun(verifyCommand, bytes.error, terminal);
    }
    const verified = verifyBundle(bytes.value, end?.value);
    const { bundle } = verified;
    if (bundle === undefined || (text("db") ?? text("store")) === undefined) {
      return report(file, verified, flag("json"), terminal);
    }
    return withStore(verifyCommand, config, { readOnly: true }, terminal, async (store) => {
      const checks = [...verified.checks, ...(await compareWithStore(bundle, store))];
      return report(file, { ...verified, ok: isWhole(checks), checks }, flag("json"), terminal);
    });
  },
};

function bytesOf(file: string): Result<Uint8Array, Problem> {
  try {
    return ok(readFileSync(file));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return fail({ code: "bundle.unreadable", message, at: { file } });
  }
}

function report(
  file: string,
  { ok: isOk, kind, checks, bundle }: Verification,
  asJson: boolean,
  terminal: Terminal,
): ExitCode {
  const { made, hashes, omitted, sections } = bundle ?? {};
  const incident = sections && { key: sections.incident.key, title: sections.incident.title };
  const result = { file, ok: isOk, kind, checks: [...checks], incident, made, sha256: hashes?.bundle, omitted };
  terminal.out(asJson ? json(result) : readable(result));
  return isOk ? 0 : 1;
}

const words: Readonly<Record<BundleCheck["state"], string>> = {
  ok: "ok          ",
  failed: "FAILED      ",
  "not-checked": "not checked ",
};

function readable({
  ok: isOk,
  checks,
  incident,
  sha256,
}: {
  readonly ok: boolean;
  readonly checks: readonly BundleCheck[];
  readonly incident: { readonly title: string } | undefined;
  readonly sha256: string | undefined;
}): string {
  const lines = [
    ...(incident === undefined ? [] : [incident.title]),
    ...checks.map(
      ({ name, state, text, at }) => `${words[state]}${name.padEnd(9)} ${text}${at === undefined ? "" : ` (${at})`}`,
    ),
    isOk
      ? `Not changed. This does not show who made it: compare ${sha256} with what came another way.`
      : checks.some(({ state }) => state === "failed")
        ? "CHANGED: see above."
        : "NOT VERIFIED: not everything could be checked, see above.",
  ];
  return `${lines.map(visible).join("\n")}\n`;
}
