import { z } from "zod";
import {
  type Attachment,
  type AttachmentRequest,
  attachment,
  attachmentLimits,
  utf8Length,
} from "#contracts/attachment";
import { fromEditable, toEditable } from "../../../ui/visible-text.ts";

/** An attachment of a draft: what is being pasted, or one of the recorded answer. */
export type DraftAttachment =
  | { readonly kind: "pasted"; readonly title: string; readonly source?: string; readonly text: string }
  | { readonly kind: "recorded"; readonly attachment: Attachment };

export const draftAttachment = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("pasted"), title: z.string(), source: z.string().optional(), text: z.string() }),
  z.object({ kind: z.literal("recorded"), attachment }),
]);

export const recorded = (attachments: readonly Attachment[] = []): readonly DraftAttachment[] =>
  attachments.map((one) => ({ kind: "recorded", attachment: one }));

/** How an attachment names the osquery query whose result it is. */
export const osquerySource = (label: string): string => `osquery: ${label}`.slice(0, attachmentLimits.source);

/** What gave the result. Undefined: nobody said. */
export const sourceOf = (one: DraftAttachment): string | undefined =>
  one.kind === "pasted" ? one.source : one.attachment.source;

const isBlank = (one: DraftAttachment): boolean => one.kind === "pasted" && one.text === "";

/** Whether the attachments of a draft differ from those of the recorded answer. A field without text is none. */
export function differ(draft: readonly DraftAttachment[], saved: readonly Attachment[] = []): boolean {
  const kept = draft.filter((one) => !isBlank(one));
  return (
    kept.length !== saved.length ||
    kept.some((one, at) => one.kind === "pasted" || one.attachment.sha256 !== saved[at]?.sha256)
  );
}

/** The attachments as they are sent: texts that are recorded by their hash alone. */
export function requestsOf(draft: readonly DraftAttachment[]): AttachmentRequest[] {
  return draft
    .filter((one) => !isBlank(one))
    .map((one) => {
      if (one.kind === "recorded") {
        const { title, source, sha256 } = one.attachment;
        return { title, ...(source === undefined ? {} : { source }), sha256 };
      }
      const { title, source, text } = one;
      return {
        title: title.trim() === "" ? "Pasted result" : title,
        ...(source === undefined ? {} : { source }),
        text,
      };
    });
}

/** What of the limits a draft would exceed, in words; undefined: it can be saved. */
export function tooLarge(draft: readonly DraftAttachment[]): string | undefined {
  const together = draft.reduce(
    (sum, one) => sum + (one.kind === "pasted" ? utf8Length(one.text) : one.attachment.bytes),
    0,
  );
  return together > attachmentLimits.bytesTogether
    ? `The attachments of this answer have ${number(together)} of ${number(attachmentLimits.bytesTogether)} bytes. Shorten or remove one.`
    : undefined;
}

export const number = (value: number): string => value.toLocaleString("en");

/** The line break of a text, if all of its lines end alike. */
function lineBreakOf(text: string): "\r\n" | "\n" {
  const breaks = text.split("\r\n").length - 1;
  return breaks > 0 && text.split("\n").length - 1 === breaks && text.split("\r").length - 1 === breaks ? "\r\n" : "\n";
}

/**
 * A pasted text as it is edited, and back. Browsers turn each CRLF of a text field into LF, and show nothing of what
 * hides or reorders text: the first is put back, the others are edited as `⟨U+202E⟩`. What is not edited stays byte for
 * byte as it was pasted.
 */
export function editing(text: string): { readonly field: string; readonly back: (field: string) => string } {
  const lineBreak = lineBreakOf(text);
  const field = toEditable(text.replaceAll(lineBreak, "\n"), { lines: true }).replaceAll("⟨U+0009⟩", "\t");
  return { field, back: (edited) => fromEditable(edited).replaceAll("\n", lineBreak) };
}
