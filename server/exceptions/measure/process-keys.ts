import type { Fields } from "#contracts/event";
import { commandTemplate } from "../../event/command-template.ts";
import { textOf } from "../../event/event.ts";
import { distinctKey } from "./distinct.ts";

/** Command lines whose template is worked out: of one, it takes about as long as testing an event. */
const MOST = 10_000;

/** What is counted of the process of an alert or event, by keys. */
export interface ProcessKeys {
  readonly commandLine: string | undefined;
  /** `unknown`: there were too many command lines. */
  readonly template: string | undefined | { readonly kind: "unknown" };
  readonly parent: string | undefined;
}

const unknown = { kind: "unknown" } as const;

/** Reads the keys of one alert or event after the other. */
export function processKeys(): (fields: Fields, template?: string) => ProcessKeys {
  const templates = new Map<string, string | undefined>();
  const templateOf = (commandLine: string | undefined, key: string | undefined) => {
    if (commandLine === undefined || key === undefined) {
      return undefined;
    }
    if (!templates.has(key) && templates.size >= MOST) {
      return unknown;
    }
    return templates.getOrInsertComputed(key, () => distinctKey(commandTemplate(commandLine)));
  };
  return (fields, template) => {
    const commandLine = textOf(fields, "process.command_line");
    const key = distinctKey(commandLine);
    return {
      commandLine: key,
      template: template === undefined ? templateOf(commandLine, key) : distinctKey(template),
      parent: distinctKey(textOf(fields, "process.parent.executable") ?? textOf(fields, "process.parent.name")),
    };
  };
}
