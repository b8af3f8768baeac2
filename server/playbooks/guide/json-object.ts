/** Where a JSON object ends, or where and why the text stops being one. */
export type JsonEnd =
  | { readonly ok: true; readonly end: number }
  | { readonly ok: false; readonly at: number; readonly message: string };

const deepest = 32;
/** A block of a guide has some hundreds of characters; a longer text is no block. */
const longest = 100_000;

const space = /[ \t\r\n]*/y;
const text = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const atom = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;

type Expect = "key" | "key or end" | "colon" | "value" | "value or end" | "comma or end";

/**
 * The end of the JSON object that begins at `start`. It reads strictly and stops at the first character that JSON does
 * not permit there, so that many broken blocks cost no more than one pass over the text.
 */
export function jsonObjectEnd(source: string, start: number): JsonEnd {
  if (source.charAt(start) !== "{") {
    return { ok: false, at: start, message: "expected {" };
  }
  const open: string[] = ["{"];
  let expect: Expect = "key or end";
  let at = start + 1;
  const read = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.test(source);
    at = found ? pattern.lastIndex : at;
    return found;
  };
  const stop = (message: string): JsonEnd => ({ ok: false, at, message });
  for (;;) {
    read(space);
    if (at >= source.length) {
      return stop("the text ends inside of the block");
    }
    if (at - start > longest) {
      return stop(`the block is longer than ${longest} characters`);
    }
    const character = source.charAt(at);
    const inObject = open.at(-1) === "{";
    if (character === (inObject ? "}" : "]") && (expect === "comma or end" || expect.endsWith("or end"))) {
      at += 1;
      open.pop();
      if (open.length === 0) {
        return { ok: true, end: at };
      }
      expect = "comma or end";
    } else if (expect === "comma or end") {
      if (character !== ",") {
        return stop(`expected a comma or ${inObject ? "}" : "]"}`);
      }
      at += 1;
      expect = inObject ? "key" : "value";
    } else if (expect === "colon") {
      if (character !== ":") {
        return stop("expected a colon");
      }
      at += 1;
      expect = "value";
    } else if (expect === "key" || expect === "key or end") {
      if (!read(text)) {
        return stop("expected a name in double quotes");
      }
      expect = "colon";
    } else if (character === "{" || character === "[") {
      if (open.length >= deepest) {
        return stop(`more than ${deepest} levels`);
      }
      open.push(character);
      at += 1;
      expect = character === "{" ? "key or end" : "value or end";
    } else if (read(text) || read(atom)) {
      expect = "comma or end";
    } else {
      return stop("expected a value");
    }
  }
}
