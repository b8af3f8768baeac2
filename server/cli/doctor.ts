import type { Problem } from "#contracts/problem";
import type { Config } from "../config.ts";
import type { Result } from "../lib/result.ts";
import { visible } from "../lib/visible.ts";
import { type Command, type CommandContext, type ExitCode, readArguments, refuseUsage } from "./command.ts";
import { type Check, good, ofProblem } from "./doctor/check.ts";
import { checkDelivery } from "./doctor/delivery.ts";
import { checkContent, checkDataFolder, checkLog, checkVersions, checkWebApp } from "./doctor/files.ts";
import { checkPorts } from "./doctor/ports.ts";
import { checkClock, checkStore } from "./doctor/store.ts";
import { json, type Terminal } from "./terminal.ts";

const usage = `Usage: stemma doctor [--full] [--config FILE] [--db FILE] [--host HOST] [--port N] [--json]

Checks what a server needs here: versions, settings and where they come from, TLS, the store, rights, disk, clock, ports,
the web app, rules and playbooks. Changes nothing. Each check is ok, warn or fail, with a remedy.
Exit code 1: a check failed.
  --full         also reads everything in the store, as stemma check does
  --config FILE  settings in TOML (or STEMMA_CONFIG)
  --db FILE      the database (default stemma.db, or STEMMA_STORE)
  --host, --port where the server would listen`;

/** How the server would be reached: what `openDoors` says. Passed in, because commands do not know HTTP. */
export type CheckDoors = (
  config: Config,
  now: number,
) => Result<
  { readonly secure: boolean; readonly expires: number | undefined; readonly warnings: readonly Problem[] },
  Problem
>;

/** `stemma doctor`: says what would keep a server from working here. */
export function doctorCommand(checkDoors: CheckDoors): Command {
  const command: Command = {
    name: "doctor",
    usage,
    async run(args, context) {
      const options = { full: { type: "boolean" }, json: { type: "boolean" } } as const;
      const settings = ["db", "store", "host", "port"] as const;
      const read = readArguments(args, { options, settings }, context);
      if (!read.ok) {
        return read.error.every(({ code }) => code.startsWith("config."))
          ? report([...checkVersions(), ...read.error.map(unusable)], args.includes("--json"), context)
          : refuseUsage(command, read.error, context.terminal);
      }
      const { config, flag } = read.value;
      const checks = await diagnose(config, checkDoors, flag("full"));
      return report(checks, flag("json"), context, config.given);
    },
  };
  return command;
}

const unusable = (problem: Problem) => ofProblem("settings", "fail", problem);

async function diagnose(config: Config, checkDoors: CheckDoors, full: boolean): Promise<readonly Check[]> {
  const now = Date.now();
  return [
    ...checkVersions(),
    good("settings", config.given.length === 0 ? "all have their defaults" : `${config.given.length} set`),
    ...config.warnings.map((problem) => ofProblem("settings", "warn", problem)),
    ...doorChecks(config, checkDoors, now),
    ...(await checkStore(config, full, Date.now)),
    ...(config.store.includes("://") ? [] : checkDataFolder(config.store)),
    ...checkLog(config),
    ...checkDelivery(config),
    checkClock(now),
    ...(await checkPorts(config)),
    checkWebApp(config),
    ...(await checkContent(config)),
  ];
}

function doorChecks(config: Config, checkDoors: CheckDoors, now: number): readonly Check[] {
  const doors = checkDoors(config, now);
  if (!doors.ok) {
    return [ofProblem("TLS", "fail", doors.error)];
  }
  const { secure, expires, warnings } = doors.value;
  const by = expires === undefined ? "by a proxy" : `with a certificate until ${new Date(expires).toISOString()}`;
  return [
    good("TLS", secure ? `https ${by}` : `http on ${config.host}, which only this machine reaches`),
    ...warnings.map((problem) => ofProblem("TLS", "warn", problem)),
  ];
}

function report(
  checks: readonly Check[],
  asJson: boolean,
  { terminal }: Pick<CommandContext, "terminal">,
  settings: Config["given"] = [],
): ExitCode {
  if (asJson) {
    terminal.out(json({ ok: isWell(checks), checks, settings }));
  } else {
    write(checks, settings, terminal);
  }
  return isWell(checks) ? 0 : 1;
}

const isWell = (checks: readonly Check[]) => checks.every(({ state }) => state !== "fail");

function write(checks: readonly Check[], settings: Config["given"], terminal: Terminal): void {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, state, detail, remedy }) => [
    `${state.padEnd(4)}  ${name.padEnd(width)}  ${visible(detail)}`,
    ...(remedy === undefined ? [] : [`${" ".repeat(width + 8)}${visible(remedy)}`]),
  ]);
  const sources = settings.map(({ name, value, source }) => `  ${visible(`${name} = ${value}  (${source})`)}`);
  const count = (state: Check["state"]) => checks.filter((check) => check.state === state).length;
  terminal.out(
    `${[
      ...lines,
      ...(sources.length === 0 ? [] : ["", "Settings that are not defaults:", ...sources]),
      "",
      `${count("ok")} ok, ${count("warn")} ${count("warn") === 1 ? "warning" : "warnings"}, ${count("fail")} failed`,
    ].join("\n")}\n`,
  );
}
