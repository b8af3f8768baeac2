/** Encodings that can precede `base64` and `base64offset`. */
export type Charset = "utf8" | "utf16le" | "utf16be" | "utf16";

export function encode(text: string, charset: Charset): Buffer {
  switch (charset) {
    case "utf8":
      return Buffer.from(text, "utf8");
    case "utf16le":
      return Buffer.from(text, "utf16le");
    case "utf16be":
      return Buffer.from(text, "utf16le").swap16();
    case "utf16":
      return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
  }
}

/** Bytes as text, one character per byte: how logs show UTF-16 that was read as single bytes. */
export function asText(bytes: Buffer): string {
  return bytes.toString("latin1");
}

/**
 * The substrings that a Base64 text of data with these bytes contains: one for each of the three offsets within a
 * group, without the characters that neighbouring bytes influence.
 */
export function base64Offsets(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift, 0x20), bytes]).toString("base64");
    const start = [0, 2, 3][shift] ?? 0;
    const end = [text.length, text.length - 3, text.length - 2][(bytes.length + shift) % 3] ?? text.length;
    return text.slice(start, end);
  });
}
