import { evtx } from "./evtx/evtx.ts";
import type { FileHead, Format } from "./format.ts";
import { jsonValues } from "./json/json-values.ts";
import { ndjson } from "./json/ndjson.ts";
import { unsupportedKind } from "./unsupported.ts";
import { windowsXml } from "./xml/windows-xml.ts";

/**
 * Every format that is read. Detection takes the first that matches, so a format with a distinctive signature comes
 * before one that accepts much. See docs/adding-a-format.md.
 */
export const formats: readonly Format[] = [evtx, windowsXml, jsonValues, ndjson];

/** How many bytes of a file detection looks at. */
export const HEAD_BYTES = 4096;

export type Detected =
  | { readonly kind: "format"; readonly format: Format }
  | { readonly kind: "none"; readonly reason: string };

/** The format of a file that begins with `bytes`, or why it is not read. */
export function detectFormat(bytes: Buffer): Detected {
  if (bytes.length === 0) {
    return { kind: "none", reason: "the file is empty" };
  }
  const head: FileHead = { bytes, text: bytes.toString("latin1").replace(/^\xef\xbb\xbf/, "") };
  const format = formats.find((candidate) => candidate.looksLike(head));
  if (format !== undefined) {
    return { kind: "format", format };
  }
  const what = unsupportedKind(bytes);
  const labels = formats.map(({ label }) => label).join(", ");
  return {
    kind: "none",
    reason: what === undefined ? `unknown format; supported are ${labels}` : `${what} is not a supported format`,
  };
}
