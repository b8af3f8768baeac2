import { assertNever } from "../lib/result.ts";
import type { EndFact } from "./facts.ts";
import { type ParentQuestion, parentQuestion } from "./parent-question.ts";
import { mergeRanges, type PidRange, rangesOfChange, widened } from "./pid-ranges.ts";
import { laterChoice, type ParentChoice, type ParentLink, type ProcessRow } from "./process-row.ts";
import type { ExitRow, HostPid, LineageTables, PidHistory } from "./tables.ts";
import { boundaryBefore, holderAt, type Timeline, timelineOf } from "./timeline.ts";
import { Workspace } from "./workspace.ts";

/** A row before and after a batch's facts were added. */
export interface RowChange {
  readonly before: ProcessRow | undefined;
  readonly after: ProcessRow;
}

export interface LinkNews {
  /** Identities that are new or stand elsewhere in their pid's history. */
  readonly moved: readonly RowChange[];
  /** Identities whose twin changed, as they are now. */
  readonly paired: readonly ProcessRow[];
  /** Shown processes whose own parent has to be found. */
  readonly asking: readonly ProcessRow[];
  /** Exits by pid that were not known before. */
  readonly exits: readonly EndFact[];
  /** Placeholders that others of these processes left to them: see `joinTwins`. */
  readonly handed?: readonly Reassigned[];
}

/** A row named a placeholder, and another one (`to`) is asked for the parent in its place from now on. */
export interface Reassigned {
  readonly placeholder: string;
  readonly by: string;
  readonly to: string;
}

export interface Linked {
  readonly touched: ReadonlySet<string>;
  /** Placeholders that went, with the process that is known in their place. */
  readonly replaced: ReadonlyMap<string, string>;
  /** By event id, whom each exit looked at ended. */
  readonly exitOwners: ReadonlyMap<string, string>;
}

/**
 * Finds the parents of processes and the owners of exits, again for all those whose answer the news may change. Returns
 * what changed and, by event id, whom each exit looked at ended.
 */
export async function linkParents(tables: LineageTables, news: LinkNews): Promise<Linked> {
  await tables.saveExits(news.exits.map((fact) => ({ fact })));
  const { asking } = news;
  const stretches = await stretchesOf(tables, news);
  const histories = await tables.histories(stretches);
  const work = new Workspace();
  work.add(asking);
  for (const history of histories) {
    work.add(history.rows);
    work.add(history.referrers);
  }
  const timelines = stretches.map((stretch, index) => ({
    stretch,
    timeline: timelineOf(
      stretch.pid,
      (histories[index]?.rows ?? []).map((row) => work.get(row.key) ?? row),
      (histories[index]?.exits ?? []).map((exit) => exit.fact),
    ),
  }));
  const exits = settleExits(work, timelines, histories);
  await tables.saveExits(exits.changed);

  const children = new Set([...asking, ...histories.flatMap((history) => history.referrers)].map((row) => row.key));
  work.add((await tables.rows([...children].flatMap((key) => work.get(key)?.duplicate ?? []))).values());
  const byPid = Map.groupBy(timelines, ({ stretch }) => pidText(stretch));
  const asked = [...children].flatMap((key) => work.get(key) ?? []);
  const twinOf = (row: ProcessRow) => (row.duplicate === undefined ? undefined : work.get(row.duplicate));
  const known = await chosenKeys(
    tables,
    asked.flatMap((row) => choiceOf(row, twinOf(row))?.parent ?? []),
  );
  for (const row of asked) {
    const question = parentQuestion(row, twinOf(row));
    const computed = answer(row, question, work, byPid);
    const choice = question.kind === "pid" ? choiceOf(row, twinOf(row)) : undefined;
    work.link(row.key, withChoice(computed, choice, known), question.kind === "pid" ? question.pid : undefined);
  }
  for (const { placeholder, by, to } of news.handed ?? []) {
    work.handOver(placeholder, by, to);
  }
  return { ...(await work.finish(tables)), exitOwners: exits.owners };
}

/** A choice was made for the process, whichever of its records was shown then. */
export function choiceOf(row: ProcessRow, twin: ProcessRow | undefined): ParentChoice | undefined {
  const [one, other] = [row.facts.choice, twin?.facts.choice];
  return one === undefined || other === undefined ? (one ?? other) : laterChoice(one, other);
}

/** Chosen keys that still name a process, with the key under which it is shown now. */
async function chosenKeys(tables: LineageTables, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (keys.length === 0) {
    return new Map();
  }
  const [rows, merged] = [await tables.rows(keys), await tables.mergedKeys(keys)];
  return new Map([...rows.keys()].map((key) => [key, merged.get(key) ?? key]));
}

/**
 * The chosen parent in place of the computed one, as long as it is a known process. Entity ids are not asked here: what
 * they settle, no choice changes.
 */
function withChoice(
  computed: ParentLink | undefined,
  choice: ParentChoice | undefined,
  known: ReadonlyMap<string, string>,
): ParentLink | undefined {
  const key = choice?.parent === undefined ? undefined : known.get(choice.parent);
  if (computed === undefined || choice === undefined || key === undefined) {
    return computed;
  }
  const chosen = { by: choice.by, at: choice.at, computed: computed.key };
  if (key === computed.key) {
    return { ...computed, chosen };
  }
  const fitting = computed.candidates ?? (computed.basis === "placeholder" ? [] : [computed.key]);
  return { key, basis: "ambiguous", candidates: [...new Set([...fitting, key])], chosen };
}

function answer(
  row: ProcessRow,
  question: ParentQuestion,
  work: Workspace,
  stretches: ReadonlyMap<string, readonly Stretch[]>,
): ParentLink | undefined {
  switch (question.kind) {
    case "none":
      return undefined;
    case "entity":
      return { key: question.key, basis: "entity" };
    case "pid": {
      const { pid, time, executable } = question;
      const found = stretches
        .get(pidText({ host: row.host, pid }))
        ?.find(({ stretch }) => stretch.from <= time && time <= stretch.to);
      if (found === undefined) {
        throw new Error("the history of a creator's pid was not loaded");
      }
      const holder = holderAt(found.timeline, { ...question, self: row.key });
      switch (holder.kind) {
        case "found":
          return { key: holder.key, basis: "pid-time" };
        case "ambiguous":
          return {
            key: holder.key,
            basis: "ambiguous",
            candidates: holder.candidates,
            ...(holder.doubt === undefined ? {} : { doubt: holder.doubt }),
          };
        case "unknown":
          return { key: work.placeholder(row.host, pid, executable, holder.boundary), basis: "placeholder" };
        default:
          return assertNever(holder);
      }
    }
    default:
      return assertNever(question);
  }
}

interface Stretch {
  readonly stretch: PidRange;
  readonly timeline: Timeline;
}

/** The parts of pid histories to load: around everything that moved as far as it reaches, and at each question. */
async function stretchesOf(
  tables: LineageTables,
  news: LinkNews,
): Promise<readonly (PidRange & { readonly referrers: boolean })[]> {
  const { paired, asking } = news;
  const twins = await tables.rows(paired.flatMap((row) => row.duplicate ?? row.mergedInto ?? []));
  const moved = [...news.moved.flatMap(({ before, after }) => [before, after]), ...paired, ...twins.values()].flatMap(
    (row) => (row === undefined ? [] : rangesOfChange(row)),
  );
  const exits = news.exits.flatMap((exit) =>
    exit.pid === undefined ? [] : [{ host: exit.host, pid: exit.pid, from: exit.time, to: exit.time, open: false }],
  );
  const changed = [...moved, ...exits];
  const named = new Set((await tables.namedPids(changed)).map(pidText));
  const near = mergeRanges(changed.filter((range) => named.has(pidText(range))));
  const around = await tables.startsAround(near);
  const reach = near.map((range, index) => widened(range, around[index]));

  const askingTwins = await tables.rows(asking.flatMap((row) => row.duplicate ?? []));
  const questions = asking.flatMap((row) => {
    const question = parentQuestion(row, row.duplicate === undefined ? undefined : askingTwins.get(row.duplicate));
    return question.kind === "pid"
      ? [{ host: row.host, pid: question.pid, from: question.time, to: question.time, open: false }]
      : [];
  });
  const touched = mergeRanges(reach);
  const isCovered = (one: PidRange) =>
    touched.some(
      (range) => range.host === one.host && range.pid === one.pid && range.from <= one.from && one.to <= range.to,
    );
  const asked = mergeRanges(questions).filter((one) => !isCovered(one));
  return [
    ...touched.map((range) => ({ ...range, referrers: true })),
    ...asked.map((range) => ({ ...range, referrers: false })),
  ];
}

function pidText({ host, pid }: HostPid): string {
  return `${host}\u0000${pid}`;
}

/** Gives each exit to the process that it ends, else to a placeholder that nothing else tells of. */
function settleExits(
  work: Workspace,
  stretches: readonly Stretch[],
  histories: readonly PidHistory[],
): { readonly changed: readonly ExitRow[]; readonly owners: ReadonlyMap<string, string> } {
  const changed: ExitRow[] = [];
  const owners = new Map<string, string>();
  for (const [index, { stretch, timeline }] of stretches.entries()) {
    const { host, pid, from, to } = stretch;
    const stored = new Map((histories[index]?.exits ?? []).map((exit) => [exit.fact.source.eventId, exit.processKey]));
    const first = new Map<string, EndFact>();
    for (const exit of timeline.exits) {
      const { eventId } = exit.source;
      const holder = timeline.owners.get(eventId);
      const owner =
        holder ?? work.placeholder(host, pid, exit.executable, boundaryBefore(timeline, exit.time, eventId));
      if (!first.has(owner)) {
        first.set(owner, exit);
      }
      if (exit.time >= from && exit.time <= to) {
        owners.set(eventId, owner);
        if (stored.get(eventId) !== owner) {
          changed.push({ fact: exit, processKey: owner });
          work.moveExit(exit, stored.get(eventId), owner);
        }
      }
    }
    for (const holder of timeline.holders.filter((one) => one.at <= to)) {
      work.setExit(holder.key, first.get(holder.key));
    }
    for (const [owner, exit] of first) {
      work.endPlaceholder(owner, exit);
    }
  }
  return { changed, owners };
}
