import { doctorCommand } from "../../server/cli/doctor.ts";
import { openDoors } from "../../server/http/doors.ts";

interface Report {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly state: string; readonly detail: string }[];
  readonly settings: readonly { readonly name: string; readonly value: string; readonly source: string }[];
}

/** What `stemma doctor` reports in a folder, with these settings and arguments. */
export async function doctorReport(folder: string, environment: Record<string, string>, ...args: readonly string[]) {
  let out = "";
  const command = doctorCommand((config, now) => {
    const doors = openDoors(config, now);
    return doors.ok ? { ok: true, value: { ...doors.value, expires: doors.value.certificate?.expires } } : doors;
  });
  const code = await command.run([...args, "--json"], {
    terminal: { out: (text) => (out += text), err: () => undefined, width: undefined, progressWidth: undefined },
    environment,
    directory: folder,
    stop: new AbortController().signal,
    stdin: (async function* () {})(),
    lines: () => () => undefined,
  });
  const report: Report = out === "" ? { ok: false, checks: [], settings: [] } : JSON.parse(out);
  const states = Object.fromEntries(report.checks.map(({ name, state }) => [name, state]));
  const details = Object.fromEntries(report.checks.map(({ name, detail }) => [name, detail]));
  return { code, report, states, details };
}
