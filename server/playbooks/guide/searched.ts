import type { EventSourceId } from "#contracts/event-source";
import type { EvidenceSource, Provider } from "../playbook.ts";

/** What a query of a guide searches, with what to show of it and what would show a hit. */
export interface SearchedKind {
  readonly id: string;
  readonly columns: readonly string[];
  readonly shownBy: readonly EvidenceSource[];
  readonly nothing: string;
}

const sysmon = (...codes: readonly string[]): readonly EvidenceSource[] =>
  codes.map((code) => ({ source: "sysmon", code }));
const security = (...codes: readonly string[]): readonly EvidenceSource[] =>
  codes.map((code) => ({ source: "security", code }));

const alerts: SearchedKind = {
  id: "alerts",
  columns: ["kibana.alert.rule.name", "host.name", "user.name", "process.command_line", "kibana.alert.severity"],
  shownBy: [],
  nothing: "No such alert is known",
};

const anything: SearchedKind = {
  id: "anything",
  columns: ["event.category", "event.action", "process.name", "user.name", "host.name"],
  shownBy: [],
  nothing: "No such event was recorded",
};

const byCategory: ReadonlyMap<string, SearchedKind> = new Map([
  [
    "process",
    {
      id: "process",
      columns: ["process.name", "process.command_line", "process.executable", "process.pid", "user.name"],
      shownBy: [...sysmon("1"), ...security("4688")],
      nothing: "No such process event was recorded",
    },
  ],
  [
    "network",
    {
      id: "network",
      columns: ["process.name", "source.ip", "destination.ip", "destination.port", "dns.question.name"],
      shownBy: [...sysmon("3"), ...security("5156")],
      nothing: "No such connection was recorded",
    },
  ],
  [
    "dns",
    {
      id: "dns",
      columns: ["process.name", "dns.question.name", "dns.answers.data", "dns.resolved_ip"],
      shownBy: sysmon("22"),
      nothing: "No such DNS lookup was recorded",
    },
  ],
  [
    "file",
    {
      id: "file",
      columns: ["event.action", "file.path", "process.name", "process.executable", "user.name"],
      shownBy: [...sysmon("11"), ...security("4663", "5145")],
      nothing: "No such file event was recorded",
    },
  ],
  [
    "registry",
    {
      id: "registry",
      columns: ["event.action", "registry.path", "registry.data.strings", "process.name", "user.name"],
      shownBy: [...sysmon("12", "13", "14"), ...security("4657")],
      nothing: "No such registry event was recorded",
    },
  ],
  [
    "library",
    {
      id: "library",
      columns: ["process.name", "dll.path", "file.path", "dll.code_signature.subject_name"],
      shownBy: sysmon("7"),
      nothing: "No such library load was recorded",
    },
  ],
  [
    "authentication",
    {
      id: "authentication",
      columns: ["event.code", "event.outcome", "user.name", "source.ip", "winlog.event_data.LogonType"],
      shownBy: security("4624", "4625"),
      nothing: "No such logon was recorded",
    },
  ],
]);

const logonCodes = new Set(["4624", "4625", "4634", "4647", "4648", "4672", "4768", "4769", "4771", "4776"]);

/** What the groups of a query search: by the categories and the event codes that they name. */
export function searchedKind(target: "events" | "alerts", groups: readonly (readonly Provider[])[]): SearchedKind {
  if (target === "alerts") {
    return alerts;
  }
  const kinds = groups.map(kindOfGroup);
  const distinct = [...new Map(kinds.map((kind) => [kind.id, kind])).values()];
  const [only] = distinct;
  if (only !== undefined && distinct.length === 1) {
    return { ...only, shownBy: only.shownBy };
  }
  const isComplete = kinds.every(({ shownBy }) => shownBy.length > 0);
  return { ...anything, shownBy: isComplete ? distinct.flatMap(({ shownBy }) => shownBy) : [] };
}

function kindOfGroup(group: readonly Provider[]): SearchedKind {
  const codes = literals(group, "event.code");
  if (codes.length > 0) {
    const isLogon = codes.every((code) => logonCodes.has(code));
    const kind = isLogon ? byCategory.get("authentication") : undefined;
    const sources = codes.flatMap(sourceOfCode);
    return { ...(kind ?? anything), id: `code ${codes.join(" ")}`, shownBy: sources };
  }
  const categories = literals(group, "event.category");
  const known = categories.flatMap((category) => byCategory.get(category) ?? []);
  const [first] = known;
  if (first !== undefined && known.length === categories.length) {
    return known.length === 1
      ? first
      : { ...anything, id: categories.join(" "), shownBy: known.flatMap((one) => one.shownBy) };
  }
  const isScript = group.some(({ field }) => field.startsWith("powershell."));
  return isScript
    ? {
        id: "script",
        columns: ["powershell.file.script_block_text", "powershell.sequence", "file.path", "user.name"],
        shownBy: [{ source: "powershell", code: "4104" }],
        nothing: "No such script block was recorded",
      }
    : anything;
}

/** Codes of Windows' Security log have four digits from 4600 on; other logs have their own numbers. */
function sourceOfCode(code: string): readonly EvidenceSource[] {
  const number = Number(code);
  const source: EventSourceId | undefined =
    (number >= 4608 && number <= 6424) || number === 1102
      ? "security"
      : number >= 4100 && number <= 4106
        ? "powershell"
        : undefined;
  return source === undefined ? [] : [{ source, code }];
}

function literals(group: readonly Provider[], field: string): readonly string[] {
  return group
    .filter((one) => one.field === field && !one.excluded)
    .flatMap((one) => (one.type === "phrase" ? [one.value] : one.type === "phrases" ? one.values : []))
    .map(String)
    .filter((value) => !value.includes("{{"));
}
