import type { TimelineKind } from "#contracts/timeline";
import type { StemmaEvent } from "./event.ts";
import { eventKind, eventSource, startsProcess } from "./event-source.ts";

/** What stores keep about every event, by which its kind in a timeline is known without unpacking it. */
export interface EventType {
  /** `eventSource` of the event. */
  readonly source: string;
  readonly code?: string;
  /** `eventKind` of the event. */
  readonly kind?: string;
  /** Whether it records a process start. */
  readonly starts: boolean;
}

export function eventTypeOf(event: StemmaEvent): EventType {
  const source = eventSource(event);
  return { source, code: event.source.code, kind: eventKind(event, source), starts: startsProcess(event.fields) };
}

function table(kinds: Partial<Record<TimelineKind, string>>): ReadonlyMap<string, TimelineKind> {
  const all = Object.entries(kinds) as [TimelineKind, string][];
  return new Map(all.flatMap(([kind, codes]) => codes.split(" ").map((code) => [code, kind] as const)));
}

/** By source and event code. What is not listed is told by its category. */
const bySource: ReadonlyMap<string, ReadonlyMap<string, TimelineKind>> = new Map([
  [
    "sysmon",
    table({
      process: "1",
      exit: "5",
      injection: "8 25",
      access: "10",
      network: "3",
      dns: "22",
      file: "2 9 11 15 17 18 23 26 27 28 29",
      registry: "12 13 14",
      module: "6 7",
      wmi: "19 20 21",
      log: "4 16",
      other: "24 255",
    }),
  ],
  [
    "security",
    table({
      process: "4688",
      exit: "4689",
      network: "5154 5155 5156 5157 5158 5159",
      file: "5140 5142 5143 5144 5145",
      registry: "4657",
      service: "4697",
      task: "4698 4699 4700 4701 4702",
      logon: "4624 4625 4634 4647 4648 4672 4768 4769 4770 4771 4776 4778 4779 4964",
      log: "1100 1102 4719 4902 4904 4905 4906 4907 4912",
      object: "4656 4658 4660 4661 4662 4663 4670 4690 5136 5137 5139 5141",
      account: "4720 4722 4723 4724 4725 4726 4728 4729 4732 4733 4735 4738 4740 4741 4742 4743 4756 4757 4767 4781",
      other: "4616 4673 4674 4696 4703",
    }),
  ],
  ["powershell", table({ script: "400 403 600 800 4100 4103 4104 4105 4106 40961 40962 53504" })],
  ["system", table({ service: "7000 7009 7022 7023 7024 7031 7032 7034 7035 7036 7040 7045", log: "104" })],
]);

const ofWholeSource: ReadonlyMap<string, TimelineKind> = new Map([
  ["task-scheduler", "task"],
  ["wmi", "wmi"],
  ["dns-client", "dns"],
  ["terminal-services", "logon"],
  ["windows-firewall", "network"],
]);

const byCategory: ReadonlyMap<string, TimelineKind> = new Map([
  ["network", "network"],
  ["dns", "dns"],
  ["file", "file"],
  ["registry", "registry"],
  ["module", "module"],
  ["driver", "module"],
  ["access", "access"],
  ["injection", "injection"],
  ["logon", "logon"],
  ["iam", "account"],
]);

/** What an event is about. An event of a source that is not known is told by its category. */
export function timelineKindOf({ source, code, kind, starts }: EventType): TimelineKind {
  if (starts) {
    return "process";
  }
  const known = code === undefined ? undefined : bySource.get(source)?.get(code);
  return known ?? ofWholeSource.get(source) ?? byCategory.get(kind ?? "") ?? "other";
}
