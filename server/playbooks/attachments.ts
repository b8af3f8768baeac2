import { hash } from "node:crypto";
import { type Attachment, type AttachmentRequest, attachmentLimits } from "#contracts/attachment";
import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store, StoreTransaction } from "../store/port.ts";

/** Attachments of an answer, and their texts by hash. */
export interface Attached {
  readonly attachments: readonly Attachment[];
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * The attachments of an answer, with the hash and size of each text. A text that is named by its hash must be stored.
 * What a text says is never examined: it is evidence for people, and decides nothing. See docs/decisions/0079.
 * Problems: `playbook.unknown-attachment`, `playbook.attachments-too-large`.
 */
export async function attachmentsOf(
  { triage }: Pick<Store, "triage">,
  requested: readonly AttachmentRequest[],
): Promise<Result<Attached, RequestProblem>> {
  const hashes = requested.flatMap(({ sha256 }) => sha256 ?? []);
  const stored = hashes.length === 0 ? new Map<string, string>() : await triage.attachedTexts(hashes);
  const texts = new Map<string, string>();
  const attachments: Attachment[] = [];
  for (const [index, { title, source, text: pasted, sha256 = "" }] of requested.entries()) {
    const text = pasted ?? stored.get(sha256);
    if (text === undefined) {
      return fail({
        code: "playbook.unknown-attachment",
        message: `No text with the hash ${sha256} is attached to an answer.`,
        remedy: "Send the text itself.",
        at: { field: `attachments.${index}.sha256` },
      });
    }
    const attachment = attachmentOf({ title, source }, text);
    texts.set(attachment.sha256, text);
    attachments.push(attachment);
  }
  const bytes = attachments.reduce((sum, one) => sum + one.bytes, 0);
  return bytes > attachmentLimits.bytesTogether
    ? fail({
        code: "playbook.attachments-too-large",
        message: `The attachments have ${bytes} bytes together; an answer can have ${attachmentLimits.bytesTogether}.`,
        remedy: "Shorten one of them, or remove it.",
        at: { field: "attachments" },
      })
    : ok({ attachments, texts });
}

function attachmentOf({ title, source }: Pick<Attachment, "title" | "source">, text: string): Attachment {
  return {
    title,
    ...(source === undefined ? {} : { source }),
    sha256: hash("sha256", text, "hex"),
    bytes: Buffer.byteLength(text),
  };
}

/** Stores the texts of attachments. Those that are stored already stay as they are. */
export async function putTexts({ triage }: Pick<StoreTransaction, "triage">, { texts }: Attached): Promise<void> {
  for (const [sha256, text] of texts) {
    await triage.putAttachedText({ sha256, text });
  }
}
