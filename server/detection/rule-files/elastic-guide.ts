import { z } from "zod";

/**
 * Searches that the guide of a rule names by their place, `$investigate_0`: Elastic's tools put them in when they
 * publish. A form that is not known leaves the names in the text; the rule runs nevertheless.
 */
export const transform = z
  .object({
    investigate: z
      .array(
        z.object({
          label: z.string(),
          /** Any of the groups, of which everything holds. */
          providers: z.array(
            z.array(
              z.object({
                excluded: z.boolean().default(false),
                field: z.string(),
                value: z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]).default("*"),
              }),
            ),
          ),
        }),
      )
      .default([]),
    osquery: z.array(z.object({ label: z.string(), query: z.string() })).default([]),
  })
  .catch({ investigate: [], osquery: [] })
  .default({ investigate: [], osquery: [] });
type Transform = z.infer<typeof transform>;

/** The guide of a rule as one Markdown text, or `undefined` where it has none. */
export function elasticGuide(note: string, setup: string, { investigate, osquery }: Transform): string | undefined {
  const searches: Readonly<Record<string, readonly string[]>> = {
    investigate: investigate.map(({ label, providers }) => named(label, anyOf(providers))),
    osquery: osquery.map(({ label, query }) => named(label, query)),
  };
  // The way to set it up mostly brings its heading along.
  const heading = /^\s*(?:#|$)/.test(setup) ? "" : "## Setup\n\n";
  const guide = `${note.trim()}\n\n${heading}${setup.trim()}`
    .trim()
    .replace(/\$(investigate|osquery)_(\d+)/g, (name, kind: string, place: string) => {
      return searches[kind]?.[Number(place)] ?? name;
    });
  return guide === "" ? undefined : guide;
}

const named = (label: string, query: string) => `**${label}**: \`${query.replace(/\s+/g, " ").trim()}\``;

function anyOf(groups: Transform["investigate"][number]["providers"]): string {
  const all = groups.map((group) =>
    group.map(({ excluded, field, value }) => `${excluded ? "not " : ""}${field}: ${value}`).join(" and "),
  );
  return all.length > 1 ? all.map((one) => `(${one})`).join(" or ") : (all[0] ?? "");
}
