import { foldCase } from "./fold-case.ts";
import { compilePattern } from "./wildcard-pattern.ts";

/** Words as Elastic's Windows integration splits script blocks: at everything but letters, digits, `_` and `-`. */
const word = /[\p{L}\p{M}\p{N}_-]+/gu;
const wordCharacter = /[\p{L}\p{M}\p{N}_-]/u;

/** Fewer phrases are found faster one by one. */
const MANY_PHRASES = 16;

/** Matches case-folded texts that contain one of the phrases: of many only those that start with the word at hand. */
export function compilePhrases(phrases: readonly string[]): (text: string) => boolean {
  if (phrases.length < MANY_PHRASES) {
    const matchers = phrases.map(compilePhrase);
    return (text) => matchers.some((matches) => matches(text));
  }
  const parsed = [...new Set(phrases)].map((phrase) => ({ phrase, words: wordsOf(foldCase(phrase)) }));
  const byFirst = Map.groupBy(parsed, ({ words }) => words[0]?.literal);
  const others = parsed
    .filter(({ words }) => words[0] !== undefined && words[0].literal === undefined)
    .map(({ phrase }) => compilePhrase(phrase));
  return (text) => {
    const found = [...text.matchAll(word)];
    return (
      found.some((match, at) => byFirst.get(match[0])?.some(({ words }) => startsAt(words, found, at)) === true) ||
      others.some((matches) => matches(text))
    );
  };
}

/**
 * Matches case-folded texts that contain the words of the phrase in sequence. A phrase without a word matches nothing,
 * as in Elasticsearch.
 */
export function compilePhrase(phrase: string): (text: string) => boolean {
  const words = wordsOf(foldCase(phrase));
  const [first, ...more] = words;
  if (first === undefined) {
    return () => false;
  }
  const { literal } = first;
  return literal === undefined
    ? (text) => {
        const found = [...text.matchAll(word)];
        return found.some((_, at) => startsAt(words, found, at));
      }
    : (text) => {
        for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + 1)) {
          const end = at + literal.length;
          if (!isWordAt(text, at - 1) && !isWordAt(text, end) && followedBy(more, text, end)) {
            return true;
          }
        }
        return false;
      };
}

interface Word {
  readonly matches: (text: string) => boolean;
  /** `undefined` for a word with a `*`. */
  readonly literal: string | undefined;
}

function startsAt(words: readonly Word[], found: readonly RegExpMatchArray[], at: number): boolean {
  return words.every(({ matches }, index) => {
    const text = found[at + index]?.[0];
    return text !== undefined && matches(text);
  });
}

function followedBy(words: readonly Word[], text: string, from: number): boolean {
  const scan = new RegExp(word);
  scan.lastIndex = from;
  return words.every(({ matches }) => {
    const found = scan.exec(text);
    return found !== null && matches(found[0]);
  });
}

function isWordAt(text: string, at: number): boolean {
  const character = at < 0 ? undefined : text[at];
  return character !== undefined && wordCharacter.test(character);
}

/** The words of a phrase; an escaped star separates words like any other punctuation. */
function wordsOf(phrase: string): readonly Word[] {
  const words: Word[] = [];
  let pattern = "";
  let literal: string | undefined = "";
  const end = () => {
    if (pattern !== "") {
      words.push({
        matches: compilePattern(pattern, { single: false, escape: false, caseInsensitive: false }),
        literal,
      });
    }
    pattern = "";
    literal = "";
  };
  let escaped = false;
  for (const character of phrase) {
    if (!escaped && character === "\\") {
      escaped = true;
    } else if (!escaped && character === "*") {
      pattern += "*";
      literal = undefined;
    } else if (wordCharacter.test(character)) {
      pattern += character;
      literal = literal === undefined ? undefined : literal + character;
      escaped = false;
    } else {
      end();
      escaped = false;
    }
  }
  end();
  return words;
}
