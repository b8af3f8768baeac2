import { incidentKey } from "../../server/alert/incident-key.ts";
import { linkSource } from "../../server/alerting/link-source.ts";
import { canonicalJson } from "../../server/lib/canonical-json.ts";
import { logonLinks } from "../../server/lineage/links/logon-links.ts";
import type { Store } from "../../server/store/port.ts";
import { type SectionName, sectionNames } from "../../server/store/snapshot/sections.ts";
import { openSqliteStore } from "../../server/store/sqlite/store.ts";

/** What a store holds as sets of texts, by subject: equal if and only if two ingests had the same result. */
export type Contents = ReadonlyMap<string, ReadonlySet<string>>;

/** Everything but times of detection and the records of who ingested when. */
export async function contentsOf(store: Store): Promise<Contents> {
  const contents = new Map<string, Set<string>>();
  const add = (subject: string, value: unknown) =>
    contents.getOrInsertComputed(subject, () => new Set()).add(canonicalJson(value));
  for (const section of sectionNames) {
    for await (const item of itemsOf(store, section)) {
      if (!isRepetition(section, item)) {
        add(section, withoutClock(section, item));
      }
    }
  }
  contents.delete("audit");
  for (const { alert, key } of await incidentsOf(store)) {
    add("incidents", [alert, key]);
  }
  const links = logonLinks(linkSource(store));
  const { items: sessions } = await store.lineage.sessions({ limit: 100_000 });
  for (const session of sessions) {
    add("links", [session.key, await links.originOf(session)]);
    add("sessionsShown", session);
  }
  add("counts", await store.lineage.counts());
  for (const row of await store.events.coverage({})) {
    add("coverage", row);
  }
  for (const host of await store.lineage.hosts()) {
    add("hosts", host);
  }
  for (const user of await store.lineage.users()) {
    add("users", user);
  }
  return contents;
}

/** The values that only one of two stores has, at most some of each subject. */
export function differences(expected: Contents, actual: Contents): readonly string[] {
  const subjects = new Set([...expected.keys(), ...actual.keys()]);
  return [...subjects].flatMap((subject) => {
    const [one, other] = [expected.get(subject) ?? new Set(), actual.get(subject) ?? new Set()];
    const missing = [...one.difference(other)];
    const extra = [...other.difference(one)];
    return [
      ...missing.slice(0, 5).map((value) => `${subject}: missing (${missing.length}) ${value}`),
      ...extra.slice(0, 5).map((value) => `${subject}: extra (${extra.length}) ${value}`),
    ];
  });
}

async function incidentsOf(store: Store): Promise<readonly { readonly alert: string; readonly key: string }[]> {
  const found = [];
  for await (const alert of store.alerts.each({})) {
    found.push({ alert: alert.id, key: incidentKey(alert) });
  }
  return found;
}

async function* itemsOf(store: Store, section: SectionName): AsyncGenerator<object> {
  for (let cursor: string | undefined; ; ) {
    const { items, next } = await store.snapshot[section].page(cursor);
    yield* items;
    if (next === undefined) {
      return;
    }
    cursor = next;
  }
}

/** An ingest repeated after it was done: killed after its last write, it had not told anybody. */
function isRepetition(section: SectionName, item: object): boolean {
  return section === "ingests" && "duplicates" in item && "records" in item && item.duplicates === item.records;
}

/** Names of values that tell when something was done, or in which run. */
const clockNames: Readonly<Partial<Record<SectionName, readonly string[]>>> = {
  alerts: ["detectedAt"],
  transitions: ["at"],
  ingests: ["id", "startedAt", "seconds", "resumed"],
};

function withoutClock(section: SectionName, item: object): object {
  const dropped = clockNames[section] ?? [];
  return Object.fromEntries(Object.entries(item).filter(([name]) => !dropped.includes(name)));
}

/** As `contentsOf`, of a database. */
export async function contentsOfFile(path: string): Promise<Contents> {
  const opened = await openSqliteStore(path);
  if (!opened.ok) {
    throw new Error(opened.error.message);
  }
  const contents = await contentsOf(opened.value);
  await opened.value.close();
  return contents;
}
