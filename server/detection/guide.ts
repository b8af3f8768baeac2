/**
 * What a rule file says to those who investigate its alerts or set it up, as written. A playbook is compiled from it
 * when one is needed; rules are copied to other threads, so these are plain values.
 */
export interface RuleGuide {
  /** The investigation guide, in Markdown. Empty: none. */
  readonly note: string;
  /** The line of the rule file that the note begins in. */
  readonly noteLine: number;
  /** How to set the rule up, in Markdown. */
  readonly setup: string;
  /** Queries that the note names by their place: `$investigate_0`. */
  readonly investigate: readonly GuideEntry[];
  /** Queries for hosts, named `$osquery_0`. */
  readonly osquery: readonly GuideEntry[];
}

/** A query of a guide as it stands in the rule file, of any form. */
export interface GuideEntry {
  readonly value: unknown;
  readonly line?: number;
}

/** The guide as one Markdown text, with the queries where the note names them; `undefined` where there is nothing. */
export function guideMarkdown(guide: RuleGuide | undefined): string | undefined {
  if (guide === undefined) {
    return undefined;
  }
  const { note, setup, investigate, osquery } = guide;
  // The way to set it up mostly brings its heading along.
  const heading = /^\s*(?:#|$)/.test(setup) ? "" : "## Setup\n\n";
  const text = `${note.trim()}\n\n${heading}${setup.trim()}`
    .trim()
    .replace(/\$(investigate|osquery)_(\d+)/g, (name, kind: string, place: string) => {
      const entry = (kind === "osquery" ? osquery : investigate)[Number(place)];
      return (kind === "osquery" ? namedSql(entry?.value) : namedSearch(entry?.value)) ?? name;
    });
  return text === "" ? undefined : text;
}

const named = (label: string, query: string) => `**${label}**: \`${query.replace(/\s+/g, " ").trim()}\``;

function namedSql(value: unknown): string | undefined {
  const { label, query } = recordOf(value);
  return typeof label === "string" && typeof query === "string" ? named(label, query) : undefined;
}

function namedSearch(value: unknown): string | undefined {
  const { label, providers } = recordOf(value);
  if (typeof label !== "string" || !Array.isArray(providers)) {
    return undefined;
  }
  const groups = providers.map((group) =>
    (Array.isArray(group) ? group : [group]).map((provider) => {
      const { excluded, field, value: sought } = recordOf(provider);
      return `${excluded === true ? "not " : ""}${String(field)}: ${sought === undefined ? "*" : String(sought)}`;
    }),
  );
  const all = groups.map((group) => group.join(" and "));
  return named(label, all.length > 1 ? all.map((one) => `(${one})`).join(" or ") : (all[0] ?? ""));
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
