import type { FindGroup, FindKind, FoundItem } from "#contracts/find";
import type { Command } from "../keyboard/commands.tsx";
import { eqlText, huntPath } from "../ui/hunt-path.ts";

/** Something that can be chosen in the top bar: a command of the page, a page, or something that was found. */
export type FindOption =
  | { readonly kind: "command"; readonly key: string; readonly command: Command }
  | { readonly kind: "found"; readonly key: string; readonly item: FoundItem; readonly path: string }
  | { readonly kind: "link"; readonly key: string; readonly title: string; readonly path: string };

export interface FindSection {
  readonly title: string;
  /** How many are listed of how many, and what was not searched. */
  readonly note?: string;
  readonly options: readonly FindOption[];
}

const titles: Readonly<Record<FindKind, string>> = {
  alert: "Alerts",
  host: "Hosts",
  user: "Users",
  process: "Programs",
  address: "Addresses",
  hash: "Hashes",
  rule: "Rules",
};

/** Groups of commands that every page has; those of the page come first. */
const frameGroups = ["Go", "General", "View"];
/** Commands beside what else was found. */
const mostCommands = 4;

const number = (value: number) => value.toLocaleString("en");

/** Where something that was found leads. */
export function pathOf({ kind, id, host }: FoundItem): string {
  const key = encodeURIComponent(id);
  switch (kind) {
    case "alert":
      return `/alerts/${key}`;
    case "host":
      return `/hosts/${key}`;
    case "user":
      return `/users/${key}`;
    case "rule":
      return `/rules/${key}`;
    case "process":
      return huntPath(`process where process.name : ${eqlText(id)}`);
    case "hash":
      return huntPath(`any where process.hash.${hashName(id)} : ${eqlText(id)}`);
    case "address":
      return host === undefined
        ? huntPath(`any where source.ip == ${eqlText(id)} or destination.ip == ${eqlText(id)}`)
        : `/hosts/${encodeURIComponent(host)}`;
  }
}

const hashName = (hash: string) => (hash.length === 32 ? "md5" : hash.length === 40 ? "sha1" : "sha256");

/** What is offered before anything is typed: what was opened lately, and every command. */
export function startSections(recent: readonly FoundItem[], commands: readonly Command[]): readonly FindSection[] {
  return filled([
    { title: "Recent", options: recent.map((item) => found(item, "recent")) },
    { title: "Commands and pages", options: sorted(commands).map(commandOption) },
  ]);
}

/** What is offered for a text: matching commands and pages, what was found, and where to search on. */
export function sectionsFor(
  text: string,
  commands: readonly Command[],
  groups: readonly FindGroup[],
): readonly FindSection[] {
  const matching = sorted(commands.filter((command) => matches(command, text)));
  return filled([
    {
      title: "Commands and pages",
      ...(matching.length > mostCommands ? { note: `${mostCommands} of ${number(matching.length)}` } : {}),
      options: matching.slice(0, mostCommands).map(commandOption),
    },
    ...groups.map((group) => ({
      title: titles[group.kind],
      note: noteOf(group),
      options: group.items.map((item) => found(item, "found")),
    })),
    { title: "Search on", options: furtherSearches(text) },
  ]);
}

/** Whether the title of a command has all words of the text. */
function matches({ title, group }: Command, text: string): boolean {
  const name = `${group} ${title}`.toLowerCase();
  return words(text).every((word) => name.includes(word));
}

/** The words of a text, in lower case. */
export function words(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
}

function noteOf({ items, total, note }: FindGroup): string | undefined {
  const count =
    total === undefined ? `the latest ${items.length}, there are more` : `${items.length} of ${number(total)}`;
  const shown = total === items.length ? [] : [count];
  const parts = [...shown, ...(note === undefined ? [] : [note])];
  return parts.length === 0 ? undefined : parts.join(" · ");
}

/** Events are not searched while somebody types: they are too many. */
function furtherSearches(text: string): readonly FindOption[] {
  const trimmed = text.trim();
  if (trimmed.length < 2) {
    return [];
  }
  const part = eqlText(`*${trimmed}*`);
  const fields = ["process.command_line", "process.executable", "file.path", "registry.path", "dns.question.name"];
  return [
    {
      kind: "link",
      key: "queue",
      title: `Show alerts with “${trimmed}” in the queue`,
      path: `/queue?text=${encodeURIComponent(trimmed)}`,
    },
    {
      kind: "link",
      key: "hunt",
      title: `Search events for “${trimmed}”`,
      path: huntPath(`any where ${fields.map((field) => `${field} : ${part}`).join(" or ")}`),
    },
  ];
}

const commandOption = (command: Command): FindOption => ({
  kind: "command",
  key: `command-${command.id}`,
  command,
});

const found = (item: FoundItem, from: string): FindOption => ({
  kind: "found",
  key: `${from}-${item.kind}-${item.id}`,
  item,
  path: pathOf(item),
});

/** Commands of the page before those of the frame, those that can run first. */
function sorted(commands: readonly Command[]): readonly Command[] {
  const rank = ({ group, disabled }: Command) =>
    Number(disabled !== undefined) * 2 + Number(frameGroups.includes(group));
  return commands.toSorted((a, b) => rank(a) - rank(b));
}

const filled = (sections: readonly FindSection[]) => sections.filter(({ options }) => options.length > 0);
