/** A lexical element of an expression, with its place in the text. Texts that are no code give tokens, too. */
export type Token = { readonly start: number; readonly end: number } & (
  | {
      readonly kind: "text";
      readonly value: string;
      /** False if variables are filled in when it is evaluated. */
      readonly isConstant: boolean;
      /** Whether backticks stand before characters that need none. */
      readonly hasBackticks: boolean;
    }
  | { readonly kind: "number"; readonly value: number }
  /** A name, in lower case and without backticks. */
  | { readonly kind: "word"; readonly name: string }
  | { readonly kind: "variable"; readonly name: string }
  /** An operator of PowerShell that is a word: `-join`. */
  | { readonly kind: "operator"; readonly name: string }
  /** A cast: `[char]`, `[char[]]`, or the class of a static method. */
  | { readonly kind: "type"; readonly name: string; readonly isArray: boolean }
  | { readonly kind: "open"; readonly name: "(" | "[" | "{" }
  | { readonly kind: "close"; readonly name: ")" | "]" | "}" }
  /** Anything else, such as `+` or `..`; a new line is one as well. */
  | { readonly kind: "sign"; readonly name: string }
);
