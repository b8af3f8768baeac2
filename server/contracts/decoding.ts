import { z } from "zod";

/** A field that no event has: what is encoded in its command lines and scripts, each decoded text a value. */
export const decodedField = "stemma.decoded";

/** A field that no event has: the SHA-256 of its command line, for command lines that are too long to be compared. */
export const commandDigestField = "stemma.command_line.sha256";

/** The fields in which something may be encoded. */
export const encodedFields = [
  "process.command_line",
  "process.parent.command_line",
  "powershell.file.script_block_text",
  "registry.data.strings",
  "winlog.event_data.ImagePath",
  "winlog.event_data.Payload",
  "winlog.event_data.ServiceFileName",
  "winlog.event_data.TaskContent",
] as const;

export const decodingStep = z
  .enum([
    "base64",
    "hex",
    "gzip",
    "zlib",
    "deflate",
    "utf-16le",
    "utf-8",
    "character-codes",
    "concatenation",
    "format",
    "replacement",
    "reordering",
    "backticks",
    "carets",
    "variables",
  ])
  .meta({ id: "DecodingStep", description: "One way in which a text was encoded, and undone." });
export type DecodingStep = z.infer<typeof decodingStep>;

/** Steps as people read them. */
export const decodingSteps: Readonly<Record<DecodingStep, string>> = {
  base64: "base64",
  hex: "hex",
  gzip: "gzip",
  zlib: "zlib",
  deflate: "deflate",
  "utf-16le": "UTF-16LE",
  "utf-8": "UTF-8",
  "character-codes": "character codes",
  concatenation: "concatenation",
  format: "format operator",
  replacement: "replacement",
  reordering: "reordering",
  backticks: "backticks",
  carets: "carets",
  variables: "variables",
};

export const decoding = z
  .object({
    steps: z.array(decodingStep).min(1).describe("How the text was encoded, from the outside in."),
    within: z
      .number()
      .int()
      .min(0)
      .optional()
      .describe("The decoding in which this one was found, by its position in the list. Absent: the text itself."),
    text: z.string(),
    cut: z.boolean().describe("Whether there is more of it than `text`, because a limit was reached."),
  })
  .meta({ id: "Decoding", description: "A text that was encoded in another one. It is only read, never executed." });
export type Decoding = Readonly<z.infer<typeof decoding>>;

export const undecoded = z
  .object({
    reason: z
      .enum(["length", "depth", "count", "size", "work", "binary", "program"])
      .describe(
        "`length`: only so many characters were looked at. `depth`: something is encoded more often than this. " +
          "`count`: more is encoded in different places than this. `size`: the decoded texts are longer together. " +
          "`work`: decoding took more steps. `binary`: so many bytes that are no text. `program`: so many bytes that " +
          "begin like a program of Windows.",
      ),
    limit: z.number().describe("The limit that was reached; the number of bytes for `binary` and `program`."),
    steps: z.array(decodingStep).describe("How it was encoded, as far as that is known."),
  })
  .meta({ id: "Undecoded", description: "Something that was not decoded, and why." });
export type Undecoded = Readonly<z.infer<typeof undecoded>>;

export const decoded = z
  .object({ decodings: z.array(decoding), undecoded: z.array(undecoded) })
  .meta({ id: "Decoded", description: "What is encoded in a text, such as a command line or a script." });
export type Decoded = Readonly<z.infer<typeof decoded>>;

export const decodeRequest = z
  .object({ text: z.string().max(1_000_000).describe("A command line or a script.") })
  .strict()
  .meta({ id: "DecodeRequest", description: "A text in which something may be encoded." });
