import { isIP } from "node:net";
import type { FindGroup, FindResult, FoundItem } from "#contracts/find";
import { accountLabel } from "../alert/account-label.ts";
import type { AlertRecord } from "../alert/record.ts";
import { foldCase } from "../condition/fold-case.ts";
import type { Rule } from "../detection/rule.ts";
import { canonicalAddress } from "../event/address.ts";
import { valuesOf } from "../event/event.ts";
import type { AccountIdentity, AccountResolver } from "../lineage/account-identity.ts";
import { type AlertsByWords, type FoundAddress, type FoundRun, MOST_COUNTED } from "../store/find/port.ts";
import type { Store } from "../store/port.ts";

/** Items per kind. Whoever needs more refines the words, or follows a link to a whole list. */
const MOST = 6;
/** Alerts that are read because an indexed field may have exactly the value. */
const MOST_CANDIDATES = 50;
/** Fewer characters would find nearly everything. */
const LEAST = 2;
/** Fewer characters of a hash single out no file. */
const LEAST_OF_HASH = 6;

type FindStore = Pick<Store, "find" | "alerts" | "lineage">;

interface FindOptions {
  readonly rules: readonly Rule[];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * What the top bar finds while somebody types: by name, beginning or part, along indexes only. Events are not searched,
 * which is what hunting is for. See docs/decisions/0057.
 */
export async function findOf(store: FindStore, text: string, { rules, now }: FindOptions): Promise<FindResult> {
  const started = now();
  const typed = foldCase(text.trim());
  const words = typed.split(/\s+/);
  if (typed.length < LEAST) {
    return { groups: [], milliseconds: now() - started };
  }
  const accounts = await store.lineage.accounts();
  const groups = [
    await alertsFound(store, text.trim(), words),
    hostsFound(accounts, typed),
    usersFound(accounts, typed),
    await programsFound(store, typed),
    await addressesFound(store, typed),
    await hashesFound(store, typed),
    rulesFound(rules, words),
  ];
  return { groups: groups.filter(({ items }) => items.length > 0), milliseconds: now() - started };
}

async function alertsFound(store: FindStore, typed: string, words: readonly string[]): Promise<FindGroup> {
  const [byId, byWords, candidates] = await Promise.all([
    store.alerts.get(typed),
    store.find.alerts({ words, limit: MOST }),
    store.find.alertsWithValue(typed, MOST_CANDIDATES),
  ]);
  const byValue = candidates.toSorted((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1));
  const found = new Map<string, FoundItem>();
  const add = (alert: AlertRecord, matched: FoundItem["matched"]) =>
    found.set(alert.id, found.get(alert.id) ?? alertItem(alert, matched));
  for (const alert of byId === undefined ? [] : [byId]) {
    add(alert, { what: "Alert id", text: typed });
  }
  for (const alert of byWords.alerts) {
    add(alert, matchedText(alert, words));
  }
  for (const alert of byValue) {
    add(alert, matchedValue(alert, foldCase(typed)));
  }
  const items = [...found.values()];
  // Of those with the value only some are read, and of those with the words only some are listed.
  const isCounted = byWords.total !== undefined && byWords.total <= MOST && candidates.length < MOST_CANDIDATES;
  const isByWordsOnly = candidates.length === 0 && byId === undefined;
  const total = isCounted ? items.length : isByWordsOnly ? byWords.total : undefined;
  return {
    kind: "alert",
    items: items.slice(0, MOST),
    ...(total === undefined ? {} : { total }),
    ...unsearched(byWords),
  };
}

function unsearched({ total, searched, stored }: AlertsByWords): Pick<FindGroup, "note"> {
  return total !== undefined && searched < stored
    ? { note: `The texts of ${searched.toLocaleString("en")} of ${stored.toLocaleString("en")} alerts were searched.` }
    : {};
}

function alertItem(alert: AlertRecord, matched: FoundItem["matched"]): FoundItem {
  return {
    kind: "alert",
    id: alert.id,
    label: alert.rule.name,
    detail: [alert.host, ...(alert.user === undefined ? [] : [accountLabel(alert.user)]), alert.status].join(" · "),
    severity: alert.severity,
    time: new Date(alert.time).toISOString(),
    ...(matched === undefined ? {} : { matched }),
  };
}

/** The part of an alert that has the first word which its name and its detail do not show. */
function matchedText(alert: AlertRecord, words: readonly string[]): FoundItem["matched"] {
  const fields = alert.sequence?.last ?? alert.fields;
  const shown = foldCase(
    `${alert.rule.name}\n${alert.host}\n${alert.user === undefined ? "" : accountLabel(alert.user)}`,
  );
  const word = words.find((one) => !shown.includes(one));
  const parts: readonly (readonly [what: string, text: string | undefined])[] = [
    ["Command line", valuesOf(fields, "process.command_line").join(" ")],
    ["Program", valuesOf(fields, "process.executable").join(" ")],
    ["Parent", valuesOf(fields, "process.parent.executable").join(" ")],
    ["Message", alert.message],
  ];
  const part =
    word === undefined ? undefined : parts.find(([, text]) => text !== undefined && foldCase(text).includes(word));
  return part?.[1] === undefined ? undefined : { what: part[0], text: part[1] };
}

function matchedValue(alert: AlertRecord, folded: string): FoundItem["matched"] {
  const field = Object.keys(alert.fields).find((name) =>
    valuesOf(alert.fields, name).some((value) => foldCase(String(value)) === folded),
  );
  return field === undefined ? undefined : { what: field, text: valuesOf(alert.fields, field).join(", ") };
}

function hostsFound({ hostNames, hosts }: AccountResolver, typed: string): FindGroup {
  const found = new Map<string, FoundItem>();
  const names = hostNames.filter((name) => name.includes(typed)).toSorted();
  for (const name of beginningFirst(names, typed, (one) => one)) {
    const host = hosts.shown(name);
    const matched = host.includes(typed) ? {} : { matched: { what: "Also known as", text: name } };
    found.set(host, found.get(host) ?? { kind: "host", id: host, label: host, ...matched });
  }
  return group("host", [...found.values()]);
}

function usersFound(accounts: AccountResolver, typed: string): FindGroup {
  const textsOf = ({ account, spellings }: AccountIdentity): readonly string[] => [
    foldCase(account.name),
    ...spellings,
    foldCase(account.id ?? ""),
  ];
  const found = accounts.all().flatMap((identity): readonly FoundItem[] => {
    const match = textsOf(identity).find((text) => text.includes(typed));
    const label = accounts.labelOf(identity.key);
    return match === undefined
      ? []
      : [
          {
            kind: "user",
            id: identity.key,
            label,
            ...(identity.builtIn === undefined ? {} : { detail: "on every host" }),
            ...(foldCase(label).includes(typed)
              ? {}
              : { matched: { what: match.startsWith("s-1-") ? "SID" : "Also known as", text: match } }),
          },
        ];
  });
  return group(
    "user",
    beginningFirst(found, typed, ({ label }) => foldCase(label).split("\\").at(-1) ?? ""),
  );
}

/** Those that begin with the text before the others, which keep their order. */
function beginningFirst<T>(all: readonly T[], typed: string, textOf: (one: T) => string): readonly T[] {
  const begins = all.filter((one) => textOf(one).startsWith(typed));
  const rest = all.filter((one) => !textOf(one).startsWith(typed));
  return [...begins, ...rest];
}

async function programsFound({ find }: FindStore, typed: string): Promise<FindGroup> {
  // A path is looked for by its file name, which is what programs are listed by.
  const name = typed.split(/[\\/]/).at(-1) ?? "";
  const { items, total } =
    name.length < LEAST || /\s/.test(name) ? { items: [], total: 0 } : await find.programs(name, MOST);
  return {
    kind: "process",
    items: items.map((run) => runItem("process", run)),
    ...(total === undefined ? {} : { total }),
  };
}

async function hashesFound({ find }: FindStore, typed: string): Promise<FindGroup> {
  const isHash = /^[0-9a-f]{6,64}$/.test(typed) && typed.length >= LEAST_OF_HASH;
  const { items, total } = isHash ? await find.hashes(typed, MOST) : { items: [], total: 0 };
  return { kind: "hash", items: items.map((run) => runItem("hash", run)), ...(total === undefined ? {} : { total }) };
}

function runItem(kind: "process" | "hash", { value, name, host, last, runs }: FoundRun): FoundItem {
  const counted = runs >= MOST_COUNTED ? `${MOST_COUNTED.toLocaleString("en")} or more starts` : starts(runs);
  return {
    kind,
    id: value,
    label: value,
    detail: `${kind === "hash" && name !== undefined ? `${name} · ` : ""}${counted}, last on ${host}`,
    time: new Date(last).toISOString(),
  };
}

const starts = (count: number) => (count === 1 ? "1 start" : `${count.toLocaleString("en")} starts`);

async function addressesFound({ find }: FindStore, typed: string): Promise<FindGroup> {
  const prefix = isIP(typed) === 0 ? typed : (canonicalAddress(typed) ?? typed);
  const isAddress = /^(\d{1,3}\.[\d.]*|[0-9a-f]{0,4}:[0-9a-f:.]*)$/.test(prefix);
  const { items, total } = isAddress ? await find.addresses(prefix, MOST) : { items: [], total: 0 };
  return { kind: "address", items: items.map(addressItem), ...(total === undefined ? {} : { total }) };
}

function addressItem({ address, hosts, logons }: FoundAddress): FoundItem {
  const [host, ...others] = hosts;
  const of = host === undefined ? [] : [others.length === 0 ? host : `${host} and ${others.length} more hosts`];
  const from =
    logons === 0
      ? []
      : [logons >= MOST_COUNTED ? `${MOST_COUNTED.toLocaleString("en")} or more logons` : logonsText(logons)];
  return {
    kind: "address",
    id: address,
    label: address,
    detail: [...of, ...from].join(" · "),
    ...(host !== undefined && others.length === 0 ? { host } : {}),
  };
}

const logonsText = (count: number) => (count === 1 ? "1 logon" : `${count.toLocaleString("en")} logons`);

/** By the words of their names, or by the beginning of an id or of a technique of ATT&CK. */
function rulesFound(rules: readonly Rule[], words: readonly string[]): FindGroup {
  const [first = ""] = words;
  const found = rules.flatMap((rule): readonly FoundItem[] => {
    const item = { kind: "rule", id: rule.id, label: rule.name, severity: rule.severity } as const;
    const name = foldCase(rule.name);
    if (words.every((word) => name.includes(word))) {
      return [item];
    }
    const technique = rule.techniques.find(
      ({ id, name: text }) =>
        (words.length === 1 && foldCase(id).startsWith(first)) ||
        (text !== id && words.every((word) => foldCase(text).includes(word))),
    );
    if (technique !== undefined) {
      return [
        { ...item, matched: { what: "Technique", text: [...new Set([technique.id, technique.name])].join(" ") } },
      ];
    }
    return words.length === 1 && foldCase(rule.id).startsWith(first)
      ? [{ ...item, matched: { what: "Rule id", text: rule.id } }]
      : [];
  });
  return group(
    "rule",
    found.toSorted((a, b) => Number(a.matched !== undefined) - Number(b.matched !== undefined)),
  );
}

function group(kind: FindGroup["kind"], all: readonly FoundItem[]): FindGroup {
  return { kind, items: all.slice(0, MOST), total: all.length };
}
