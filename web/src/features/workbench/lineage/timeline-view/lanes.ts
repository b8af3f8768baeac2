import type { ProcessNode } from "#contracts/lineage";
import type { Timeline, TimelineEvent, TimelineKind } from "#contracts/timeline";
import type { TimeSpan } from "../view-state.ts";
import { shareOf } from "./scale.ts";

/** What happened on one host, as the overview draws it. Shares are 0 at the left edge and 1 at the right one. */
export interface Lane {
  readonly host: string;
  readonly bars: readonly {
    readonly left: number;
    readonly width: number;
    readonly height: number;
    readonly count: number;
  }[];
  readonly marks: readonly { readonly at: number; readonly event: TimelineEvent }[];
  readonly count: number;
}

/** One lane for each host of the processes and of the events, in order of name; the host of the alert comes first. */
export function lanesOf(
  nodes: readonly ProcessNode[],
  data: Pick<Timeline, "from" | "buckets" | "fired"> | undefined,
  {
    span,
    hiddenKinds,
    first,
  }: { readonly span: TimeSpan; readonly hiddenKinds: ReadonlySet<TimelineKind>; readonly first: string | undefined },
): readonly Lane[] {
  const counts = (data?.buckets.counts ?? []).filter(({ kind }) => !hiddenKinds.has(kind));
  const byHost = Map.groupBy(counts, ({ host }) => host.toLowerCase());
  const marks = Map.groupBy(data?.fired ?? [], ({ host }) => host.toLowerCase());
  const hosts = new Set([...nodes.map(({ host }) => host.toLowerCase()), ...byHost.keys(), ...marks.keys()]);
  const start = data?.from === undefined ? span.from : Date.parse(data.from);
  const width = data?.buckets.milliseconds ?? 1;
  const sums = new Map([...byHost].map(([host, some]) => [host, sumByBucket(some)]));
  const most = Math.max(1, ...[...sums.values()].flatMap((sum) => [...sum.values()]));
  const own = first?.toLowerCase();
  return [...hosts]
    .sort((a, b) => Number(b === own) - Number(a === own) || (a < b ? -1 : 1))
    .map((host) => {
      const sum = sums.get(host) ?? new Map<number, number>();
      return {
        host,
        count: [...sum.values()].reduce((a, b) => a + b, 0),
        bars: [...sum].flatMap(([bucket, count]) => {
          const left = shareOf(start + bucket * width, span);
          const right = shareOf(start + (bucket + 1) * width, span);
          return right <= 0 || left >= 1
            ? []
            : [{ left, width: right - left, height: Math.log1p(count) / Math.log1p(most), count }];
        }),
        marks: (marks.get(host) ?? []).flatMap((event) => {
          const at = shareOf(Date.parse(event.time), span);
          return at < 0 || at > 1 ? [] : [{ at, event }];
        }),
      };
    });
}

function sumByBucket(counts: Timeline["buckets"]["counts"]): ReadonlyMap<number, number> {
  const sums = new Map<number, number>();
  for (const { bucket, count } of counts) {
    sums.set(bucket, (sums.get(bucket) ?? 0) + count);
  }
  return sums;
}
