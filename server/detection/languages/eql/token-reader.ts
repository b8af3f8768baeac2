import { ParseFailure } from "../source.ts";
import { describeToken, type Token } from "./tokens.ts";

/** A cursor over tokens; after the last token it reads `end`. */
export interface TokenReader {
  peek(ahead?: number): Token;
  next(): Token;
  skip(count: number): void;
  isSymbol(text: string, ahead?: number): boolean;
  /** Whether the token is this name; keywords are names in places where the grammar expects them. */
  isKeyword(text: string, ahead?: number): boolean;
  /** Reads a symbol; `after` describes the expected position. Throws `ParseFailure`. */
  expectSymbol(text: string, after: string): void;
}

export function tokenReader(tokens: readonly Token[]): TokenReader {
  let position = 0;
  const end: Token = { kind: "end", at: tokens.at(-1)?.at ?? 0 };
  const peek = (ahead = 0): Token => tokens[position + ahead] ?? end;
  const isSymbol = (text: string, ahead = 0): boolean => {
    const token = peek(ahead);
    return token.kind === "symbol" && token.text === text;
  };
  return {
    peek,
    isSymbol,
    next() {
      const token = peek();
      position++;
      return token;
    },
    skip(count) {
      position += count;
    },
    isKeyword(text, ahead = 0) {
      const token = peek(ahead);
      return token.kind === "name" && token.plain === text && !token.tilde;
    },
    expectSymbol(text, after) {
      if (!isSymbol(text)) {
        throw new ParseFailure(`expected "${text}" ${after}, found ${describeToken(peek())}`, peek().at);
      }
      position++;
    },
  };
}
