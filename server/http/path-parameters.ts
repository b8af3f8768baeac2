/** Names of the `:parameters` in a path of the route table. */
export function pathParametersOf(path: string): readonly string[] {
  return [...path.matchAll(/:([a-z]+)/g)].map((match) => match[1] ?? "");
}
