import { compileCondition } from "../../server/condition/evaluate.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { eventSource } from "../../server/event/event-source.ts";
import { ACTIVITY_AROUND, ActivityCounters, activeSpans, bucketsOf } from "../../server/store/events/activity.ts";
import { columnValue } from "../../server/store/events/columns.ts";
import { CoverageCounters, coverageRows, storedHosts } from "../../server/store/events/coverage.ts";
import { packedColumns } from "../../server/store/events/packed-events.ts";
import type { EventReader, TimeRange } from "../../server/store/events/port.ts";

/** The reads that queries of playbooks need, over events in memory: for stores from which something was cut. */
export function readerOf(
  events: readonly StemmaEvent[],
): Pick<EventReader, "get" | "find" | "coverage" | "streams" | "kinds" | "activity"> {
  const inOrder = events.toSorted((left, right) => left.time - right.time);
  const byId = new Map(events.map((event) => [event.id, event]));
  const within = ({ from, to }: TimeRange) =>
    inOrder.filter(({ time }) => (from === undefined || time >= from) && (to === undefined || time <= to));
  const counters = new ActivityCounters();
  for (const event of inOrder) {
    counters.add(event.time, columnsOf(event));
  }
  const counts = counters.counts().toSorted((left, right) => left.bucket - right.bucket);
  return {
    get: async (id) => byId.get(id),
    async find(query) {
      const matches = compileCondition(query.condition);
      const found = within(query).filter((event) => matches(event.fields));
      const ordered = query.order === "oldest-first" ? found : found.toReversed();
      return { events: ordered.slice(0, query.limit), total: found.length, tested: found.length };
    },
    async coverage(query) {
      const hosts = query.hosts === undefined ? undefined : new Set(storedHosts(query.hosts));
      const coverage = new CoverageCounters();
      for (const event of within(query)) {
        coverage.add(event.time, columnsOf(event));
      }
      return coverageRows(coverage.spans().filter(({ host }) => hosts?.has(host) !== false));
    },
    async streams({ hosts }) {
      const names = new Set(storedHosts(hosts));
      const streams = counts.filter(({ host }) => names.has(host));
      return [
        ...new Map(
          streams.map(({ host, source, code }) => [JSON.stringify([host, source, code]), { host, source, code }]),
        ).values(),
      ];
    },
    async kinds() {
      return [...new Map(counts.map(({ source, code }) => [`${source} ${code}`, { source, code }])).values()];
    },
    async activity({ streams, ...window }) {
      const { first, last } = bucketsOf(window);
      return streams.map(({ host, source, code = "" }) => {
        const own = counts.filter((one) => one.host === host && one.source === source && one.code === code);
        return activeSpans([
          ...own.filter(({ bucket }) => bucket < first).slice(-ACTIVITY_AROUND),
          ...own.filter(({ bucket }) => bucket >= first && bucket <= last),
          ...own.filter(({ bucket }) => bucket > last).slice(0, ACTIVITY_AROUND),
        ]);
      });
    },
  };
}

function columnsOf(event: StemmaEvent): readonly (string | null)[] {
  return packedColumns.map((column) => {
    switch (column) {
      case "source":
        return eventSource(event);
      case "host":
        return columnValue(event.fields["host.name"]) ?? null;
      case "code":
        return columnValue(event.fields["event.code"]) ?? null;
      default:
        return null;
    }
  });
}
