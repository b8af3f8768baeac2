import { z } from "zod";

/** What people paste to an answer as evidence, at most. Texts are measured in bytes of UTF-8. */
export const attachmentLimits = {
  perAnswer: 8,
  bytes: 64 * 1024,
  bytesTogether: 256 * 1024,
  title: 200,
  source: 300,
} as const;

/** Bytes of a text in UTF-8. */
export const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

/** Half of a surrogate pair has no bytes in UTF-8, so it could be neither hashed nor read back. */
const wellFormed = "Has half of a surrogate pair, which is no character.";

const title = z
  .string()
  .max(attachmentLimits.title)
  .refine((text) => text.trim() !== "", "Is empty.")
  .refine((text) => text.isWellFormed(), wellFormed);
const source = z
  .string()
  .min(1)
  .max(attachmentLimits.source)
  .refine((text) => text.isWellFormed(), wellFormed)
  .describe("What gave the result: the label of an osquery query of the step, or the name of a tool.");
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const attachment = z
  .object({
    title,
    source: source.optional(),
    sha256: sha256.describe("Of the text in UTF-8. The text itself is stored once, whatever it is attached to."),
    bytes: z.number().int().min(1),
  })
  .meta({ id: "Attachment", description: "A text that was pasted to an answer as evidence." });
export type Attachment = Readonly<z.infer<typeof attachment>>;

export const attachmentRequest = z
  .object({
    title,
    source: source.optional(),
    text: z
      .string()
      .min(1)
      .refine((text) => text.isWellFormed(), wellFormed)
      .refine(
        (text) => utf8Length(text) <= attachmentLimits.bytes,
        `Has more than ${attachmentLimits.bytes} bytes in UTF-8.`,
      )
      .optional()
      .describe(
        `What is pasted, kept as it is: any characters, at most ${attachmentLimits.bytes} bytes in UTF-8, and ` +
          `${attachmentLimits.bytesTogether} together.`,
      ),
    sha256: sha256.optional().describe("In place of the text: one that is already attached to an answer."),
  })
  .strict()
  .refine(({ text, sha256 }) => (text === undefined) !== (sha256 === undefined), {
    path: ["text"],
    message: "Send either the text or the hash of one that is already attached.",
  })
  .meta({ id: "AttachmentRequest", description: "A text to attach to an answer." });
export type AttachmentRequest = Readonly<z.infer<typeof attachmentRequest>>;

export const attachedText = z
  .object({ sha256, bytes: z.number(), text: z.string() })
  .meta({ id: "AttachedText", description: "A text that was attached to an answer, exactly as it was pasted." });
export type AttachedText = Readonly<z.infer<typeof attachedText>>;
