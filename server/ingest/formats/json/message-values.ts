import type { EventSourceId } from "#contracts/event-source";
import { sourceOfProvider } from "../../../event/sources.ts";
import { hasLayout, processIdOf, recoverFromSecurityMessage } from "./security-message.ts";

type Recovery = (code: number, data: Map<string, string>, message: string) => void;

/** What NXLog loses, by event source. */
const recoveries: Readonly<Partial<Record<EventSourceId, Recovery>>> = {
  sysmon: (code, data, message) => {
    if (!data.has("ProcessId") && data.has("ProcessGuid")) {
      set(data, "ProcessId", valueAfter(message, "\nProcessId: "));
    }
    if ((code === 12 || code === 13 || code === 14) && !data.has("EventType")) {
      set(data, "EventType", valueAfter(message, "\nEventType: "));
    }
  },
  security: (code, data, message) => {
    if (!data.has("ProcessId")) {
      set(data, "ProcessId", valueAfter(message, code === 4688 ? "\tCreator Process ID:" : "\tProcess ID:"));
    }
    if (hasLayout(code)) {
      recoverFromSecurityMessage(code, data, message);
    } else if (!data.has("ProcessId") && !isEnglish(message)) {
      set(data, "ProcessId", processIdOf(code, message));
    }
  },
};

/**
 * Recovers values that an exporter lost from the rendered message. NXLog ignores the case of names, so the `ProcessID`
 * of the logging service overwrites the event's `ProcessId`; the service's pid must never be used in its place.
 */
export function recoverFromMessage(provider: string, code: number, data: Map<string, string>, message: string): void {
  const source = sourceOfProvider(provider);
  if (source !== undefined) {
    recoveries[source.id]?.(code, data, message);
  }
}

/** Nothing more is to be found in the message of an English system than by its own labels. */
function isEnglish(message: string): boolean {
  return message.includes("Security ID:") || message.includes("Process ID:");
}

function set(data: Map<string, string>, name: string, value: string | undefined): void {
  if (value !== undefined && value !== "" && value !== "-") {
    data.set(name, value);
  }
}

/** The rest of the line after a label. */
function valueAfter(message: string, label: string): string | undefined {
  const at = message.indexOf(label);
  if (at < 0) {
    return undefined;
  }
  const start = at + label.length;
  const end = message.indexOf("\n", start);
  return message.slice(start, end < 0 ? message.length : end).trim();
}
