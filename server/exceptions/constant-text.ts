/** The fixed characters of a wildcard, with a space in place of each wildcard character. */
export function constantText(pattern: string): string {
  let text = "";
  let escaped = false;
  for (const character of pattern) {
    if (escaped) {
      text += character;
      escaped = false;
    } else if (character === "\\") {
      escaped = true;
    } else {
      text += character === "*" || character === "?" ? " " : character;
    }
  }
  return text.replace(/ {2,}/g, " ").trim();
}
