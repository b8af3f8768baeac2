import { parseTime } from "../../../event/time.ts";
import type { WindowsEvent } from "../../../event/windows-event.ts";
import type { XmlElement } from "./xml-element.ts";

/** An `Event` element as Windows renders it (schema win/2004/08/events); `undefined` without an EventID. */
export function windowsEventOf(event: XmlElement): WindowsEvent | undefined {
  const system = child(event, "System");
  const code = integer(textOf(system, "EventID"));
  if (system === undefined || code === undefined) {
    return undefined;
  }
  const systemTime = child(system, "TimeCreated")?.attributes.get("SystemTime");
  const { data, unnamed } = dataOf(child(event, "EventData"), child(event, "UserData"));
  return {
    provider: child(system, "Provider")?.attributes.get("Name") ?? "",
    channel: textOf(system, "Channel") ?? "",
    computer: textOf(system, "Computer") ?? "",
    code,
    version: integer(textOf(system, "Version")),
    recordId: textOf(system, "EventRecordID"),
    time: parseTime(systemTime ?? ""),
    unreadTime: { field: "SystemTime", value: systemTime },
    serviceSid: child(system, "Security")?.attributes.get("UserID"),
    servicePid: integer(child(system, "Execution")?.attributes.get("ProcessID")),
    level: integer(textOf(system, "Level")),
    opcode: integer(textOf(system, "Opcode")),
    task: integer(textOf(system, "Task")),
    keywords: textOf(system, "Keywords"),
    message: textOf(child(event, "RenderingInfo"), "Message"),
    data,
    unnamed,
  };
}

/** The first value of a repeated name is kept, as in EVTX. */
function dataOf(eventData: XmlElement | undefined, userData: XmlElement | undefined) {
  const data = new Map<string, string>();
  const unnamed: string[] = [];
  const setOnce = (key: string, value: string) => void (data.has(key) || data.set(key, value));
  for (const { name: element, attributes, text } of eventData?.children ?? []) {
    const key = element === "Data" ? attributes.get("Name") : element;
    if (key === undefined) {
      unnamed.push(text);
    } else {
      setOnce(key, text);
    }
  }
  // The children of the only element in UserData are the values; some are nested in elements that only group them.
  const open = (userData?.children ?? []).flatMap(({ children }) => children).reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.children.length === 0) {
      setOnce(next.name, next.text);
    } else {
      open.push(...[...next.children].reverse());
    }
  }
  return { data, unnamed };
}

function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((one) => one.name === name);
}

/** The text of a child; `undefined` when empty. */
function textOf(element: XmlElement | undefined, name: string): string | undefined {
  return child(element, name)?.text.trim() || undefined;
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
