import type { Coverage, WindowCoverage } from "#contracts/coverage";
import { capitalised } from "../lib/capitalised.ts";
import type { Activity } from "./coverage-activity.ts";
import { type CoveredHost, type HostCoverage, hostCoverage } from "./coverage-host.ts";
import { kindName, type Need, type StoredKinds } from "./coverage-kinds.ts";
import { difference, intersection, lengthOf, type Span } from "./coverage-time.ts";
import { coveringKinds, describeHost, describeHosts, needName, whyGap } from "./coverage-words.ts";
import { clock, type ResolvedWindow } from "./window.ts";

/** How much of a window is covered. `some`: for a part of the time, on some of the hosts, or by some of the sources. */
export type Extent = "all" | "some" | "none";

export interface CoverageAnswer {
  readonly rows: readonly Coverage[];
  readonly extent: Extent;
  /** What is covered in words, as the start of a sentence. */
  readonly sentence: string;
  readonly window: WindowCoverage;
}

export interface CoverageQuery {
  /** Absent: all hosts that wrote anything in days around the window. */
  readonly hosts?: readonly CoveredHost[];
  /** The stored names of a host that the query excludes. */
  readonly except?: readonly string[];
  /** What has to be recorded on a host with such records so that there would be hits. */
  readonly needs: (stored: StoredKinds) => readonly Need[];
  readonly window: ResolvedWindow;
}

/** A host that wrote nothing for this long is gone, not silent: milliseconds. */
const RECENT = 7 * 86_400_000;

/** Hosts whose records are examined; with more, no answer about all of them is complete. */
const MOST_HOSTS = 50;

/**
 * For which part of a window the records that a query needs were written, on every host that it is about. Only what
 * lies between records of a stream that keeps its own rhythm is covered. See docs/decisions/0074.
 */
export async function coverageOf(activity: Activity, query: CoverageQuery): Promise<CoverageAnswer> {
  const { hosts, except = [], window } = query;
  const rows = (await rowsOf(activity, window, hosts)).filter((row) => !except.includes(row.host));
  const bounds = boundsOf(window, rows);
  if (bounds === undefined) {
    return nothingStored(query);
  }
  const concerned = hosts ?? (await recentHosts(activity, bounds, except));
  const examined = concerned.slice(0, MOST_HOSTS);
  const covered = await Promise.all(
    examined.map(async (host) => hostCoverage(activity, host, query.needs(await storedKinds(activity, host)), bounds)),
  );
  const spans = covered.map((host) => coveredOn(host, bounds));
  const unexamined = concerned.length - examined.length;
  const complete = concerned.length > 0 && unexamined === 0;
  const everywhere = complete ? spans.reduce(intersection, [bounds]) : [];
  const partly = covered.some(({ needs }) => needs.some((need) => lengthOf(need.covered) > 0));
  const isFull = everywhere.some(({ from, to }) => from <= bounds.from && to >= bounds.to);
  const shares = covered
    .map(({ host }, index) => ({ host, share: shareOf(spans[index] ?? [], bounds) }))
    .toSorted((left, right) => left.share - right.share);
  const [only] = covered;
  const words =
    only === undefined || (rows.length === 0 && !partly)
      ? nothingStored(query).window.text
      : covered.length === 1
        ? describeHost(only, bounds)
        : describeHosts(covered, shares, bounds);
  const text = unexamined === 0 ? words : `${words}; ${unexamined} more hosts were not examined`;
  return {
    rows,
    extent: isFull ? "all" : partly ? "some" : "none",
    sentence: capitalised(text),
    window: {
      covered: everywhere.map(inTimestamps),
      gaps: difference([bounds], everywhere).map((gap) => ({ ...inTimestamps(gap), why: whyGap(gap, covered) })),
      stops: covered
        .flatMap(({ stops }) => stops)
        .toSorted((left, right) => left.at - right.at)
        .map((stop) => ({ ...stop, at: new Date(stop.at).toISOString() })),
      share: isFull ? 1 : shareOf(everywhere, bounds),
      sources: [
        ...new Set(
          covered.flatMap(({ needs }) =>
            needs.filter((need) => lengthOf(need.covered) > 0).flatMap((need) => coveringKinds(need).map(kindName)),
          ),
        ),
      ],
      hosts: shares,
      lanes: lanesOf(covered, spans),
      text,
    },
  };
}

function rowsOf(
  activity: Activity,
  { from, to }: Pick<ResolvedWindow, "from" | "to">,
  hosts: readonly CoveredHost[] | undefined,
): Promise<readonly Coverage[]> {
  const names = hosts?.flatMap((host) => host.names);
  return activity.once(`rows ${JSON.stringify([from, to, names])}`, () =>
    activity.store.events.coverage({ from, to, hosts: names }),
  );
}

/** An unlimited window is as long as what is stored. */
function boundsOf({ from, to }: ResolvedWindow, rows: readonly Coverage[]): Span | undefined {
  const times = rows.flatMap((row) =>
    [row.from, row.to].flatMap((time) => (time === undefined ? [] : Date.parse(time))),
  );
  const bounds = {
    from: from ?? times.reduce((least, time) => Math.min(least, time), Infinity),
    to: to ?? times.reduce((most, time) => Math.max(most, time), -Infinity),
  };
  return bounds.from <= bounds.to && Number.isFinite(bounds.from) ? bounds : undefined;
}

/** Hosts that wrote anything in days around a window, each under all of its names. */
async function recentHosts(
  activity: Activity,
  { from, to }: Span,
  except: readonly string[],
): Promise<readonly CoveredHost[]> {
  const rows = await rowsOf(activity, { from: from - RECENT, to: to + RECENT }, undefined);
  const { hosts } = await activity.store.lineage.accounts();
  const names = [...new Set(rows.map((row) => row.host))].filter((name) => !except.includes(name));
  return [...Map.groupBy(names, (name) => hosts.shown(name))].map(([host, those]) => ({ host, names: those }));
}

async function storedKinds(activity: Activity, { names }: CoveredHost): Promise<StoredKinds> {
  const [own, all] = await Promise.all([activity.streams(names), activity.kinds()]);
  const withCode = all.filter(({ code }) => code !== "");
  return {
    sources: new Set(own.map(({ source }) => source)),
    seen: new Map(withCode.map(({ source, code }) => [`${source} ${code}`, { source, code }])),
  };
}

/** When everything that is needed was recorded on a host. */
function coveredOn({ needs }: HostCoverage, bounds: Span): readonly Span[] {
  return needs.length === 0 ? [] : needs.map(({ covered }) => covered).reduce(intersection, [bounds]);
}

/** On one host what each need covers, on several what each host covers. */
function lanesOf(covered: readonly HostCoverage[], spans: readonly (readonly Span[])[]): WindowCoverage["lanes"] {
  const [only] = covered;
  return covered.length === 1 && only !== undefined
    ? only.needs.map((need) => ({ label: needName(need.need), covered: need.covered.map(inTimestamps) }))
    : covered.map(({ host }, index) => ({ label: host, covered: (spans[index] ?? []).map(inTimestamps) }));
}

function shareOf(spans: readonly Span[], { from, to }: Span): number {
  const whole = to - from;
  const part = lengthOf(spans);
  return whole === 0 ? (spans.length > 0 ? 1 : 0) : part / whole;
}

function inTimestamps({ from, to }: Span): { readonly from: string; readonly to: string } {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

function placeOf({ hosts, except }: CoverageQuery): string {
  return hosts?.map(({ host }) => host).join(", ") ?? (except === undefined ? "any host" : "any other host");
}

function nothingStored(query: CoverageQuery): CoverageAnswer {
  const { from, to } = query.window;
  const span = from === undefined || to === undefined ? "" : ` between ${clock(from, true)} and ${clock(to, true)}`;
  const text = `no events of ${placeOf(query)} are stored${span}`;
  return {
    rows: [],
    extent: "none",
    sentence: capitalised(text),
    window: { covered: [], gaps: [], stops: [], share: 0, sources: [], hosts: [], lanes: [], text },
  };
}
