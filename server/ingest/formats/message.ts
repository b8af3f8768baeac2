import { SECURITY, SYSMON } from "../../event/windows-event.ts";

/**
 * Values that an exporter lost but that stand in the rendered message. NXLog treats names without case, so the event's
 * `ProcessId` was overwritten by the `ProcessID` of the logging service, which must never stand in for it.
 */
export function recoverFromMessage(provider: string, code: number, data: Map<string, string>, message: string): void {
  if (provider === SYSMON) {
    if (!data.has("ProcessId") && data.has("ProcessGuid")) {
      set(data, "ProcessId", valueBehind(message, "\nProcessId: "));
    }
    if ((code === 12 || code === 13 || code === 14) && !data.has("EventType")) {
      set(data, "EventType", valueBehind(message, "\nEventType: "));
    }
    return;
  }
  if (provider === SECURITY && !data.has("ProcessId")) {
    set(data, "ProcessId", valueBehind(message, code === 4688 ? "\tCreator Process ID:" : "\tProcess ID:"));
  }
}

function set(data: Map<string, string>, name: string, value: string | undefined): void {
  if (value !== undefined && value !== "" && value !== "-") {
    data.set(name, value);
  }
}

/** The rest of the line behind a label. */
function valueBehind(message: string, label: string): string | undefined {
  const at = message.indexOf(label);
  if (at < 0) {
    return undefined;
  }
  const start = at + label.length;
  const end = message.indexOf("\n", start);
  return message.slice(start, end < 0 ? message.length : end).trim();
}
