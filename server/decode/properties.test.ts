import { deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DecodeLimits, decodeLimits } from "./budget.ts";
import { decode, decodeCounted } from "./decode.ts";

const base64 = (data: string | Uint8Array) => Buffer.from(data).toString("base64");
const hex = (text: string) => Buffer.from(text).toString("hex");
const codes = (text: string) => [...text].map((character) => character.charCodeAt(0));
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Scripts: printable, with words in them, and with nothing that could be taken for an encoding of its own. */
const script = fc
  .array(
    fc.constantFrom("Get-Process", "lsass", "whoami", "net user", "C:\\Temp", "=", "(", ")", ";", " ", "日本", "-x"),
    {
      minLength: 4,
      maxLength: 12,
    },
  )
  .map((words) => `Invoke-Command ${words.join(" ")}`);
const ascii = script.map((text) => text.replaceAll("日本", "and"));

/** An encoder for each layer: the text that has the given one encoded in it. */
const encoders: Readonly<Record<string, (text: string) => string>> = {
  "encoded command": (text) => `powershell -enc ${Buffer.from(text, "utf16le").toString("base64")}`,
  base64: (text) => `[Convert]::FromBase64String('${base64(text)}')`,
  gzip: (text) => `GzipStream [Convert]::FromBase64String('${base64(gzipSync(text))}')`,
  deflate: (text) => `DeflateStream [Convert]::FromBase64String('${base64(deflateRawSync(text))}')`,
  "hexadecimal digits": (text) => `xxd -r -p '${hex(text)}'`,
  "hexadecimal escapes": (text) => `"${hex(text).replace(/../g, "\\x$&")}"`,
};
/** Encoders whose result stands in quotes. */
const expressions: Readonly<Record<string, (text: string) => string>> = {
  "character codes": (text) => `-join [char[]](${codes(text).join(",")})`,
  "sums of character codes": (text) =>
    codes(text)
      .map((code) => `[char]${code}`)
      .join("+"),
  "character codes with a mask": (text) =>
    `(${codes(text)
      .map((code) => code ^ 75)
      .join(",")}|%{[char]($_ -bxor 75)}) -join ''`,
  concatenation: (text) => (text.match(/.{1,3}/gs) ?? []).map(quoted).join("+"),
  reordering: (text) => `${quoted([...text].reverse().join(""))}[-1..-${text.length}] -join ''`,
  "the format operator": (text) => {
    const pieces = text.match(/.{1,4}/gs) ?? [];
    const places = pieces.map((_, index) => `{${pieces.length - 1 - index}}`).join("");
    return `"${places}" -f ${pieces.toReversed().map(quoted).join(",")}`;
  },
};

const runs = { numRuns: 60 };

describe("decoding", () => {
  it.each(Object.keys(encoders))("undoes %s", (name) => {
    fc.assert(
      fc.property(script, (text) => {
        const encoded = encoders[name]?.(text) ?? "";
        expect(decode(encoded).decodings.map((one) => one.text)).toContain(text);
      }),
      runs,
    );
  });

  it.each(Object.keys(expressions))("undoes %s", (name) => {
    fc.assert(
      fc.property(ascii, (text) => {
        const [first] = decode(`IEX (${expressions[name]?.(text)})`).decodings;
        expect(first?.text).toBe(`IEX (${quoted(text)})`);
      }),
      runs,
    );
  });

  it("undoes any layers within each other, up to the depth that is said", () => {
    const layers = fc.array(fc.constantFrom(...Object.keys(encoders)), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(script, layers, (text, names) => {
        const encoded = names.reduce((inner, name) => encoders[name]?.(inner) ?? inner, text);
        const { decodings } = decode(encoded, { ...decodeLimits, length: 1_000_000, work: 20_000_000 });
        expect(decodings.at(-1)?.text).toBe(text);
        expect(decodings).toHaveLength(names.length);
      }),
      runs,
    );
  });

  it("gives nothing for numbers, identifiers and hashes", () => {
    const word = fc.oneof(
      fc.uuid(),
      fc.stringMatching(/^[0-9a-f]{32,64}$/),
      fc.bigInt({ min: 0n, max: 10n ** 40n }).map(String),
      fc.integer().map(String),
      fc.ipV4(),
      fc.constantFrom("C:\\Windows\\System32\\cmd.exe", "/c", "--verbose", "svchost.exe", "-k", "netsvcs"),
      fc.uint8Array({ minLength: 24, maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString("base64url")),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (words) => {
        expect(decode(words.join(" ")).decodings).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});

describe("decoding of anything", () => {
  const small: DecodeLimits = { length: 2_000, depth: 3, count: 5, size: 1_000, work: 20_000 };
  const pieces = fc.constantFrom(
    ..."'\"`^%!()[]{}+-,.;|&$@#=\\ \n\0".split(""),
    "\ud800",
    "\u202e",
    "a",
    "Zg==",
    "41",
    "65535",
    "1..60000",
    "[char]",
    "[char[]]",
    "-join",
    "-f",
    "-replace",
    "-split",
    "-bxor",
    "-enc ",
    "'a'+'b'",
    "'{0}{1}'",
    "|%{$_}",
    "$_",
    "@'\n",
    "\n'@",
    "set a=b&",
    "%a:~0,1%",
    "call ",
    "FromBase64String('",
    "H4sIAAAAAAAAA",
    "eJwBAAD//w",
    "\\x41",
    ".Replace('a','bbbbbbbbbb')",
    "'a'.Split('a')",
  );
  const hostile = fc.oneof(
    fc.array(pieces, { maxLength: 200 }).map((parts) => parts.join("")),
    fc.tuple(pieces, fc.integer({ min: 1, max: 2_000 })).map(([piece, count]) => piece.repeat(count)),
    fc.string({ unit: "binary", maxLength: 300 }),
  );

  it("never throws, and stays within its limits", () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom(small, decodeLimits), (text, limits) => {
        const { decoded, spent } = decodeCounted(text, limits);
        expect(spent).toBeLessThanOrEqual(limits.work);
        expect(decoded.decodings.length).toBeLessThanOrEqual(limits.count);
        expect(decoded.decodings.reduce((sum, one) => sum + one.text.length, 0)).toBeLessThanOrEqual(limits.size);
        for (const [index, { within }] of decoded.decodings.entries()) {
          expect(within === undefined || within < index).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("gives the same each time", () => {
    fc.assert(
      fc.property(hostile, (text) => void expect(decode(text)).toEqual(decode(text))),
      { numRuns: 100 },
    );
  });

  it("takes steps in proportion to the text", () => {
    for (const piece of [
      "(",
      "'",
      '"',
      "'a'+",
      "1,",
      "[char]65+",
      "a^b",
      "%a%",
      "-enc ",
      "@'\n",
      "41-",
      "\\x41",
      "{0}",
    ]) {
      const spent = (length: number) =>
        decodeCounted(piece.repeat(length / piece.length), { ...decodeLimits, work: 1e9 }).spent;
      expect(spent(40_000), piece).toBeLessThanOrEqual(spent(10_000) * 4.5 + 1_000);
    }
  });
});
