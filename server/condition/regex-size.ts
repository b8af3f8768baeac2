import { endOfClass } from "./regex-literal.ts";

/** A Unicode class has hundreds of ranges. */
const unicodeClass = 20;

/**
 * About as many steps as the program of a regular expression (RE2 syntax) has, rather more than fewer. Found without
 * compiling it, which takes time and memory in proportion: `(a|b){900}` has 900 times the steps of `(a|b)`.
 */
export function regexSize(pattern: string): number {
  const outer: number[] = [];
  let size = 0;
  let last = 0;
  const atom = (steps: number) => {
    size += last;
    last = steps;
  };
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? "";
    const repeat = character === "{" ? /\{(\d{1,9})(,?)(\d{0,9})\}/y : undefined;
    const found = repeat === undefined ? null : match(repeat, pattern, at);
    if (found !== null) {
      const [text, least = "", comma, most = ""] = found;
      last *= Math.max(1, Number(most), Number(least) + (comma === "," && most === "" ? 1 : 0)) + 1;
      at += text.length - 1;
    } else if (character === "\\") {
      const next = pattern[at + 1] ?? "";
      const end = /[pPx]/.test(next) && pattern[at + 2] === "{" ? pattern.indexOf("}", at) : at + 1;
      atom(/[pP]/.test(next) ? unicodeClass : 1);
      at = end < 0 ? pattern.length : end;
    } else if (character === "[") {
      const end = endOfClass(pattern, at);
      atom(1 + (pattern.slice(at, end).match(/\\[pP]/g)?.length ?? 0) * unicodeClass);
      at = end;
    } else if (character === "(") {
      atom(0);
      outer.push(size);
      size = 0;
    } else if (character === ")") {
      const inner = size + last + 2;
      size = outer.pop() ?? 0;
      last = inner;
    } else if (/[*+?]/.test(character)) {
      last += 1;
    } else {
      atom(1);
    }
  }
  return outer.reduce((sum, more) => sum + more, size + last);
}

function match(sticky: RegExp, text: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(text);
}
