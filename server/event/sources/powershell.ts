import { eventSourceNames } from "#contracts/event-source";
import { type MutableFields, parseNumber, put, putAccount } from "../values.ts";
import { contextOf, detailsOf, measuresOf } from "./powershell-text.ts";
import type { Dataset, EventSource, RecordType } from "./source.ts";
import {
  commandLineFields,
  file,
  fileFields,
  inOrder,
  number,
  ownPid,
  ownUser,
  putCommandLine,
  putFile,
  record,
  type Step,
  step,
  text,
} from "./steps.ts";

/** PowerShell records: of the engine (`Windows PowerShell`), and of modules and script blocks (`…/Operational`). */

const {
  channel: operational,
  otherChannels: [classic, core],
} = eventSourceNames.powershell;

const datasets: ReadonlyMap<string, Dataset> = new Map([
  [operational.toLowerCase(), { module: "powershell", dataset: "windows.powershell_operational" }],
  [classic.toLowerCase(), { module: "powershell", dataset: "windows.powershell" }],
  [core.toLowerCase(), { module: "powershell", dataset: "windows.powershell_operational" }],
]);

/** The fields of the values in a text, by their names in the text without blanks. */
const TEXTS: readonly (readonly [name: string, field: string])[] = [
  ["NewEngineState", "powershell.engine.new_state"],
  ["PreviousEngineState", "powershell.engine.previous_state"],
  ["NewProviderState", "powershell.provider.new_state"],
  ["ProviderName", "powershell.provider.name"],
  ["EngineVersion", "powershell.engine.version"],
  ["PipelineId", "powershell.pipeline_id"],
  ["RunspaceId", "powershell.runspace_id"],
  ["HostVersion", "powershell.process.executable_version"],
  ["HostName", "process.title"],
  ["CommandLine", "powershell.command.value"],
  ["CommandPath", "powershell.command.path"],
  ["CommandName", "powershell.command.name"],
  ["CommandType", "powershell.command.type"],
  ["ShellId", "powershell.id"],
];

const TEXT_FIELDS: readonly string[] = [
  ...TEXTS.map(([, field]) => field),
  "powershell.sequence",
  "powershell.total",
  "event.sequence",
  "user.name",
  "user.domain",
  ...commandLineFields,
  ...fileFields,
];

/** The program that hosts the engine is written as its command line; its id is that of the host, not of a process. */
function putTexts(fields: MutableFields, values: ReadonlyMap<string, string>): void {
  const of = (name: string) => values.get(name.toLowerCase());
  for (const [name, field] of TEXTS) {
    put(fields, field, of(name));
  }
  putNumber(fields, "powershell.sequence", of("DetailSequence"));
  putNumber(fields, "powershell.total", of("DetailTotal"));
  putNumber(fields, "event.sequence", of("SequenceNumber"));
  putCommandLine(fields, of("HostApplication"));
  putFile(fields, of("ScriptName"));
  putAccount(fields, "user.name", "user.domain", of("ConnectedUser") || of("UserId") || of("User"));
}

function putNumber(fields: MutableFields, field: string, value: string | undefined): void {
  const parsed = parseNumber(value);
  if (parsed !== undefined) {
    fields[field] = parsed;
  }
}

const context = step(TEXT_FIELDS, (fields, data) => putTexts(fields, contextOf(data.get("ContextInfo") ?? "")));

/** The values of the text at a position. Of records that exporters wrote without values, the message has the text. */
const details = (position: number) =>
  step([...TEXT_FIELDS, "winlog.event_data.Data"], (fields, data, { unnamed, message }) => {
    const text = data.get(`param${position}`) ?? unnamed[position - 1] ?? data.get("Data");
    if (text === undefined && message !== undefined) {
      fields["winlog.event_data.Data"] = message;
    }
    putTexts(fields, detailsOf(text ?? message ?? ""));
  });

/** What was bound to the parameters of a command: `ParameterBinding(Get-Item): name="Path"; value="C:\\"`. */
const invocation = step(["powershell.command.invocation_details"], (fields, data, { unnamed }) => {
  const lines = (data.get("Payload") ?? data.get("param3") ?? unnamed[2] ?? "").split(/\r?\n/);
  const bound = lines.filter((line) => /^[A-Za-z]+\(/.test(line));
  if (bound.length > 0) {
    fields["powershell.command.invocation_details"] = bound;
  }
});

const ofProcess: readonly Step[] = [ownPid, ownUser];

const measures = step(
  [
    "powershell.file.script_block_length",
    "powershell.file.script_block_entropy_bits",
    "powershell.file.script_block_surprisal_stdev",
  ],
  (fields, data) => {
    const text = data.get("ScriptBlockText");
    if (text !== undefined && text !== "") {
      const { length, entropy, deviation } = measuresOf(text);
      fields["powershell.file.script_block_length"] = length;
      fields["powershell.file.script_block_entropy_bits"] = entropy;
      fields["powershell.file.script_block_surprisal_stdev"] = deviation;
    }
  },
);

const scriptBlock: readonly Step[] = [
  ...ofProcess,
  text("powershell.file.script_block_text", "ScriptBlockText"),
  text("powershell.file.script_block_id", "ScriptBlockId"),
  text("powershell.runspace_id", "RunspaceId"),
  number("powershell.sequence", "MessageNumber"),
  number("powershell.total", "MessageTotal"),
  file("Path"),
  measures,
];

/** Starts and ends of the engine or a script block are not those of a process, which has records of its own. */
const process = (...steps: readonly Step[]): RecordType => record({ category: ["process"], type: ["info"] }, ...steps);

/** A record of the engine. */
const engine = (...steps: readonly Step[]): RecordType => ({
  ...process(ownPid, ...steps),
  channel: classic,
  provider: "PowerShell",
});

const records: ReadonlyMap<string, RecordType> = new Map<string, RecordType>([
  ["400", engine(details(3))],
  ["403", engine(details(3))],
  ["600", engine(details(3))],
  ["800", engine(details(2), invocation)],
  ["4103", process(...ofProcess, context, invocation)],
  ["4104", process(...scriptBlock)],
  ["4105", process(...scriptBlock)],
  ["4106", process(...scriptBlock)],
  ["40961", process(...ofProcess)],
  ["40962", process(...ofProcess)],
  ["53504", process(...ofProcess)],
]);

export const powershell: EventSource = {
  id: "powershell",
  dataset: (channel) => datasets.get(channel.toLowerCase()),
  records,
  map: inOrder(scriptBlock),
};
