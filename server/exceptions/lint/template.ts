import type { FieldEntry } from "#contracts/exception-entry";
import { templateText } from "../../exception/template.ts";
import type { EntryNote } from "./entry-note.ts";

const standIns = ["digits", "hex", "guid", "name"] as const;

/** Words in braces that are no stand-in and not written as text. */
export function lintTemplate(entry: FieldEntry & { readonly type: "template" }): readonly EntryNote[] {
  const unknown = [...entry.value.matchAll(/\{\{|\{([A-Za-z][A-Za-z0-9_-]{0,30})\}/g)].flatMap(
    ([, word]) => word ?? [],
  );
  const odd = unknown.filter((word) => !standIns.some((one) => one === word));
  const [first] = odd;
  if (first !== undefined) {
    const meant = standIns.find((one) => one.startsWith(first.toLowerCase()) || first.toLowerCase().startsWith(one));
    return [
      {
        part: "value",
        weight: "error",
        text:
          `{${first}} is no stand-in. There are {digits}, {hex}, {guid} and {name}; write {{ for a brace. ` +
          (meant === undefined ? "The correction takes it as text." : `The correction takes it as {${meant}}.`),
        fix: { ...entry, value: entry.value.replace(`{${first}}`, meant === undefined ? `{{${first}}` : `{${meant}}`) },
      },
    ];
  }
  return templateText(entry.value).trim() === ""
    ? [{ part: "value", weight: "error", text: "A template needs text beside its stand-ins." }]
    : [];
}
