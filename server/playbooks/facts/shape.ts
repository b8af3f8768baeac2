import { encodedFields } from "#contracts/decoding";
import type { Fields } from "#contracts/event";
import { decode } from "../../decode/decode.ts";
import { commandTemplate } from "../../event/command-template.ts";
import { textOf, valuesOf } from "../../event/event.ts";

/**
 * What two records must share to be the same activity: the form of the command line with what is encoded in it, and
 * what was acted on. A template alone is not enough: it replaces every encoded text by `*`, so a known wrapper with
 * another payload would look known.
 */
export interface Shape {
  readonly template?: string;
  /** Decoded texts, texts that could not be decoded, and addresses: what the template leaves out. */
  readonly payload: readonly string[];
  /** What was acted on: a file, a registry value, a destination, a service. */
  readonly object: readonly string[];
}

/** Fields of an alert's own records in which something may be encoded; what its parent ran is not its payload. */
const payloadFields = encodedFields.filter((name) => !name.startsWith("process.parent."));

const objectFields = [
  "event.code",
  "registry.path",
  "registry.data.strings",
  "file.path",
  "dll.path",
  "destination.ip",
  "destination.port",
  "dns.question.name",
  "service.name",
  "winlog.event_data.TaskName",
  "winlog.event_data.TargetImage",
  "winlog.event_data.GrantedAccess",
  "powershell.file.script_block_text",
] as const;

export function shapeOf(fields: Fields): Shape {
  const commandLine = textOf(fields, "process.command_line");
  const isStart = valuesOf(fields, "event.type").includes("start") && commandLine !== undefined;
  return {
    template: commandLine === undefined ? undefined : commandTemplate(commandLine),
    payload: [
      ...new Set(payloadFields.flatMap((name) => valuesOf(fields, name).flatMap((one) => payloadOf(`${one}`)))),
    ],
    object: isStart
      ? []
      : objectFields.flatMap((name) => {
          const values = valuesOf(fields, name);
          return values.length === 0 ? [] : [`${name}=${values.map(String).join("\u0000").toLowerCase()}`];
        }),
  };
}

/** Longer lines are compared by their beginning, as their templates are. */
const LONGEST = 8_192;
const remembered = new Map<string, readonly string[]>();
const MOST_REMEMBERED = 256;

/** What a command line or script carries, beyond its form. Lines repeat, so the latest ones are remembered. */
export function payloadOf(line: string): readonly string[] {
  const text = line.slice(0, LONGEST);
  const known = remembered.get(text);
  if (known !== undefined) {
    return known;
  }
  const { decodings, undecoded } = decode(text);
  const complete = undecoded.length === 0 && decodings.every(({ cut }) => !cut);
  const payload = [
    ...decodings.map((one) => one.text),
    // What stays encoded is compared as it is.
    ...(complete && decodings.length > 0 ? [] : (text.match(/[a-z0-9+/]{40,}={0,2}/gi) ?? [])),
    ...(text.match(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g) ?? []).filter((address) => !address.startsWith("127.")),
  ];
  if (remembered.size >= MOST_REMEMBERED) {
    remembered.clear();
  }
  remembered.set(text, payload);
  return payload;
}

export function samePayload(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.template === b.template && samePayload(a.payload, b.payload) && samePayload(a.object, b.object);
}
