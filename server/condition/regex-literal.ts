/** Classes and anchors, which stand for themselves; after other escapes it takes the whole syntax to know what follows. */
const plainEscapes = /[dDwWsSbBAznrtfv]/;

/**
 * Texts that every match of a regular expression (RE2 syntax) contains, in their order; cases aside where it folds them.
 * Only what stands outside of all groups is looked at; a group around everything is none.
 */
export function literalsOfRegex(pattern: string): readonly string[] {
  const [, inside = pattern] = /^\(\?-s:(.*)\)$/s.exec(pattern) ?? [];
  const [flags = ""] = /^\(\?[a-zA-Z]+\)/.exec(inside) ?? [];
  if (/\(\?[a-zA-Z-]*\)/.test(inside.slice(flags.length))) {
    // Flags in the middle, even none of them: what repeats behind them is what stands before.
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
      // What it repeats may be missing: the whole character, should it have two units.
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

/** Where a class of characters ends: a `]` right behind the start is one of its characters. */
function endOfClass(pattern: string, start: number): number {
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
