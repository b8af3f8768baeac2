/** A text as EQL writes it. Wildcards in it keep their meaning. */
export function eqlText(value: string): string {
  return JSON.stringify(value);
}

/** The hunt page with an EQL query that runs at once. */
export function huntPath(query: string): string {
  return `/hunt?language=eql&query=${encodeURIComponent(query)}`;
}
