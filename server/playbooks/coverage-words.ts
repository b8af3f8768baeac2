import type { WindowCoverage } from "#contracts/coverage";
import type { HostCoverage, NeedCoverage, Stop } from "./coverage-host.ts";
import { kindName, type Need } from "./coverage-kinds.ts";
import { difference, lengthOf, type Span } from "./coverage-time.ts";
import { clock } from "./window.ts";

/** Hosts, gaps and stops that a sentence names. */
const MOST_NAMED = 3;

/** The kinds of a need in words: "Sysmon 1 or Security 4688". */
export function needName({ kinds }: Need): string {
  if (kinds.length === 0) {
    return "record that could show it";
  }
  const shown = kinds.slice(0, MOST_NAMED).map(kindName).join(" or ");
  return kinds.length > MOST_NAMED ? `${shown} or ${kinds.length - MOST_NAMED} more kinds` : shown;
}

/** Why a gap is one: a sensor stopped, a code is missing among other records, or nothing was written at all. */
export function whyGap(gap: Span, hosts: readonly HostCoverage[]): string {
  const middle = (gap.from + gap.to) / 2;
  const isIn = (spans: readonly Span[]) => spans.some(({ from, to }) => from <= middle && to >= middle);
  for (const { host, needs, stops } of hosts) {
    const failing = needs.find(({ covered }) => !isIn(covered));
    if (failing === undefined) {
      continue;
    }
    const where = hosts.length > 1 ? ` on ${host}` : "";
    const stop = stops.find(({ at }) => at >= gap.from && at <= gap.to);
    if (stop !== undefined) {
      return `${stop.what}${where}`;
    }
    const flowing = failing.byKind.find(({ kind, flow }) => kind.code !== undefined && isIn(flow));
    return flowing === undefined
      ? `no ${needName(failing.need)}${where}`
      : `no ${needName(failing.need)}${where} among other records of the source`;
  }
  return "not covered";
}

/** "Sysmon 1 covers srv-02 from 09:12 to 10:05, 53 of 60 minutes; nothing between 09:31 and 09:40". */
export function describeHost({ host, needs, stops }: HostCoverage, window: Span): string {
  const [missing, present] = [needs.filter((need) => isNothing(need)), needs.filter((need) => !isNothing(need))];
  const absent = [...Map.groupBy(missing, isAmongOthers)].map(([amongOthers, those]) => {
    const names = [...new Set(those.map(({ need }) => needName(need)))];
    const more = names.length - MOST_NAMED;
    const named = `no ${names.slice(0, MOST_NAMED).join(" and no ")}${more > 0 ? ` and none of ${more} more kinds` : ""}`;
    return `${named} of ${host} ${amongOthers ? "among other records of the source" : "around it"}`;
  });
  const texts = present.map((need) => describeNeed(host, need, window));
  return [...new Set(texts), ...absent, ...describeStops(stops)].join("; ");
}

const isNothing = ({ covered }: NeedCoverage): boolean => lengthOf(covered) === 0;
const isAmongOthers = ({ byKind }: NeedCoverage): boolean =>
  byKind.some(({ kind, flow }) => kind.code !== undefined && lengthOf(flow) > 0);

function describeNeed(host: string, coverage: NeedCoverage, window: Span): string {
  const { covered } = coverage;
  const [first] = covered;
  const last = covered.at(-1);
  const using = coveringKinds(coverage).map((kind) => kindName(kind));
  const sources = using.join(" and ");
  const range = span(first?.from ?? window.from, last?.to ?? window.to);
  const whole = `${sources} ${using.length > 1 ? "cover" : "covers"} ${host} from ${range}`;
  const gaps = difference([{ from: first?.from ?? window.from, to: last?.to ?? window.to }], covered);
  const named = gaps.slice(0, MOST_NAMED).map(({ from, to }) => `between ${span(from, to, " and ")}`);
  const more = gaps.length - named.length;
  const nothing =
    gaps.length === 0 ? "" : `; nothing ${named.join(", ")}${more > 0 ? ` and in ${more} more gaps` : ""}`;
  return lengthOf(covered) === window.to - window.from ? whole : `${whole}, ${partOf(covered, window)}${nothing}`;
}

/** The kinds that cover a need together, fewest first. */
export function coveringKinds({ covered, byKind }: NeedCoverage): readonly Need["kinds"][number][] {
  const alone = byKind.find((one) => difference(covered, one.covered).length === 0);
  return (alone === undefined ? byKind.filter((one) => lengthOf(one.covered) > 0) : [alone]).map(({ kind }) => kind);
}

function describeStops(stops: readonly Stop[]): readonly string[] {
  const named = stops.slice(0, MOST_NAMED).map(({ at, what }) => `${what} at ${clock(at, false)}`);
  return stops.length > named.length ? [...named, `${stops.length - named.length} more such records`] : named;
}

/** Many hosts: those that are not fully covered by name. */
export function describeHosts(hosts: readonly HostCoverage[], shares: WindowCoverage["hosts"], window: Span): string {
  const full = shares.filter(({ share }) => share === 1);
  const range = span(window.from, window.to);
  if (full.length === shares.length) {
    return `All ${shares.length} hosts with data are covered from ${range}`;
  }
  const rest = shares.filter(({ share }) => share < 1).slice(0, MOST_NAMED);
  const named = rest.map(({ host }) => hosts.find((one) => one.host === host)).filter((one) => one !== undefined);
  const more = shares.length - full.length - rest.length;
  return (
    `${full.length} of ${shares.length} hosts with data are covered from ${range}; not ` +
    `${named.map((one) => `${one.host} (${describeHost(one, window)})`).join(", ")}${more > 0 ? ` and ${more} more` : ""}`
  );
}

const units = [
  { name: "hours", milliseconds: 3_600_000, least: 3 * 3_600_000 },
  { name: "minutes", milliseconds: 60_000, least: 180_000 },
  { name: "seconds", milliseconds: 1000, least: 0 },
] as const;

/** "53 of 60 minutes": never the whole if it is not, and never nothing if there is something. */
function partOf(covered: readonly Span[], window: Span): string {
  const whole = window.to - window.from;
  const unit = units.find(({ least }) => whole >= least) ?? units[2];
  const part = Math.floor(lengthOf(covered) / unit.milliseconds);
  const total = Math.ceil(whole / unit.milliseconds);
  return part === 0 ? `less than one of ${total} ${unit.name}` : `${part} of ${total} ${unit.name}`;
}

function span(from: number, to: number, joined = " to "): string {
  const sameDay = clock(from, true).slice(0, 10) === clock(to, true).slice(0, 10);
  return `${clock(from, true)}${joined}${clock(to, !sameDay)}`;
}
