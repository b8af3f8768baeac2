import { type LogSource, resolveLogSource } from "./log-source.ts";

/** Names that rules use, those of process starts first. */
const names = (
  "Image CommandLine ParentImage ParentCommandLine OriginalFileName CurrentDirectory IntegrityLevel ProcessId ProcessGuid " +
  "ParentProcessId ParentProcessGuid LogonId Description Product Company FileVersion ProcessName md5 sha1 sha256 Imphash " +
  "TargetFilename DestinationIp DestinationPort DestinationHostname SourceIp SourcePort SourceHostname Protocol QueryName " +
  "TargetObject PipeName ImageLoaded ScriptBlockText SourceImage EventID Provider_Name Channel Computer"
).split(" ");

/** The Sigma field that reads an event field in a log source; undefined if none reads this one alone. */
export function sigmaNameOf(field: string, logSource: LogSource): string | undefined {
  const resolve = resolveLogSource(logSource).names;
  const original = /^winlog\.event_data\.(\w+)$/.exec(field)?.[1];
  return [...names, ...(original === undefined ? [] : [original])].find((name) => {
    const target = resolve(name);
    return (target.kind === "field" || target.kind === "integrity") && target.name === field;
  });
}
