import { fieldType } from "../../../event/field-catalogue.ts";

/** Fields that Elasticsearch indexes as full text: values match by words, in any case. */
const fullText: ReadonlySet<string> = new Set([
  "error.message",
  "error.stack_trace",
  "message",
  "powershell.file.script_block_text",
]);

export function isFullText(name: string): boolean {
  return fullText.has(name);
}

/** Address fields accept networks (`10.0.0.0/8`) as values. */
export function isAddress(name: string): boolean {
  return fieldType(name) === "ip" || /(?:^|[._])ip$/.test(name);
}

export function isDate(name: string): boolean {
  return fieldType(name) === "date";
}
