/** Escapes of one letter for classes, anchors and control characters; other letters need the whole grammar. */
const plainEscapes = /[dDwWsSbBAznrtfv]/;

/**
 * Texts that every match of a regular expression (RE2 syntax) contains, in this order; in any case where the expression
 * ignores case. Only text outside of groups is considered, apart from a group around the whole expression.
 */
export function literalsOfRegex(pattern: string): readonly string[] {
  const [, inside = pattern] = /^\(\?-s:(.*)\)$/s.exec(pattern) ?? [];
  const [flags = ""] = /^\(\?[a-zA-Z]+\)/.exec(inside) ?? [];
  if (/\(\?[a-zA-Z-]*\)/.test(inside.slice(flags.length))) {
    // Flags in the middle of an expression: a quantifier after them applies to what precedes them.
    return [];
  }
  const literals: string[] = [];
  let run = "";
  let depth = 0;
  const end = () => {
    literals.push(run);
    run = "";
  };
  for (let at = flags.length; at < inside.length; at++) {
    const character = inside[at] ?? "";
    if (character === "[") {
      at = endOfClass(inside, at);
      end();
    } else if (character === "\\") {
      at++;
      const escaped = inside[at] ?? "";
      if (/[a-zA-Z0-9]/.test(escaped)) {
        if (!plainEscapes.test(escaped)) {
          return [];
        }
        end();
      } else if (depth === 0) {
        run += escaped;
      }
    } else if (character === "(" || character === ")") {
      end();
      depth += character === "(" ? 1 : -1;
    } else if (depth < 0 || (character === "|" && depth === 0)) {
      return [];
    } else if (/[*?{]/.test(character)) {
      // The repeated character may be missing; it can have two UTF-16 units.
      run = [...run].slice(0, -1).join("");
      end();
      at = character === "{" ? Math.max(at, inside.indexOf("}", at)) : at;
    } else if (/[+.^$]/.test(character)) {
      end();
    } else if (depth === 0) {
      run += character;
    }
  }
  end();
  return literals.filter((literal) => literal !== "");
}

/** The index of the `]` that ends a character class; a `]` right after its start belongs to the class. */
export function endOfClass(pattern: string, start: number): number {
  let at = pattern[start + 1] === "^" ? start + 2 : start + 1;
  for (at = pattern[at] === "]" ? at + 1 : at; at < pattern.length && pattern[at] !== "]"; at++) {
    if (pattern[at] === "\\") {
      at++;
    } else if (pattern.startsWith("[:", at)) {
      const end = pattern.indexOf(":]", at);
      at = end < 0 ? at : end + 1;
    }
  }
  return at;
}
