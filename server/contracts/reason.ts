/** Words that are typed to get past a field. They may occur in a reason, but do not make one. */
const canned: ReadonlySet<string> = new Set(
  (
    "ok okay k yes no none nothing na n a fp tp fine good done test todo tbd lgtm idk same see close closed benign " +
    "false true positive negative alert asdf foo bar baz qux xxx blah bla lorem ipsum dolor sit amet whatever"
  ).split(" "),
);

const keyboardRows = ["qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm"].flatMap((row) => [
  row,
  [...row].reverse().join(""),
]);

/** What a reason has to have at least. */
const least = { words: 3, letters: 15 } as const;

/** Characters that are looked at. */
const LENGTH = 4_000;

/** Scripts without spaces say in one character what takes others several letters. */
const denseScript = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/**
 * What a text lacks to be a reason that somebody else can understand; undefined: it is one. It has to have three
 * different words, not counting single letters, canned words and runs of keys, and fifteen letters. It says nothing
 * about whether the reason is right. See docs/decisions/0075.
 */
export function reasonLack(text: string | undefined): string | undefined {
  const start = (text ?? "").trim().slice(0, LENGTH).toLowerCase();
  if (start === "") {
    return "it is empty";
  }
  const letters = [...start].filter((character) => /\p{L}/u.test(character));
  const weight = letters.reduce((sum, letter) => sum + (denseScript.test(letter) ? 3 : 1), 0);
  if (weight < least.letters) {
    return `it has fewer than ${least.letters} letters`;
  }
  const words = new Intl.Segmenter("en", { granularity: "word" }).segment(start);
  const counted = new Set([...words].filter(({ segment }) => isWord(segment)).map(({ segment }) => segment));
  return counted.size < least.words ? `it has fewer than ${least.words} different words` : undefined;
}

function isWord(segment: string): boolean {
  const letters = new Set([...segment].filter((character) => /\p{L}/u.test(character)));
  const isDense = denseScript.test(segment);
  return (
    (isDense || letters.size > 1) &&
    !canned.has(segment) &&
    !(segment.length > 2 && keyboardRows.some((row) => row.includes(segment)))
  );
}
