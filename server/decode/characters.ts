/** Classes of UTF-16 units, for scanners that read a text once. */

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
}

export function isAlphanumeric(code: number): boolean {
  return isLetter(code) || isDigit(code);
}

/** A letter, a digit or an underscore. */
export function isWord(code: number): boolean {
  return isAlphanumeric(code) || code === 0x5f;
}

export function isHexDigit(code: number): boolean {
  return isDigit(code) || (code >= 0x61 && code <= 0x66) || (code >= 0x41 && code <= 0x46);
}

export function isBase64(code: number): boolean {
  return isAlphanumeric(code) || code === 0x2b || code === 0x2f;
}

/** A blank or a tab. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

export function isLineEnd(code: number): boolean {
  return code === 0x0a || code === 0x0d;
}

/** A straight quote, single or double. */
export function isQuote(code: number): boolean {
  return code === 0x22 || code === 0x27;
}

/** The hyphen and the three dashes that PowerShell accepts for it; a slash begins an option as well. */
export function isDash(code: number): boolean {
  return code === 0x2d || code === 0x2f || (code >= 0x2013 && code <= 0x2015);
}
