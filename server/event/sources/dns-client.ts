import { canonicalAddress } from "../address.ts";
import { mapAnyRecord } from "./any.ts";
import type { EventSource, RecordType } from "./source.ts";
import { constant, meaning, record, type Step, step, text } from "./steps.ts";

/** Queries of the DNS client of Windows. */

const TYPES: ReadonlyMap<string, string> = new Map([
  ["1", "A"],
  ["2", "NS"],
  ["5", "CNAME"],
  ["6", "SOA"],
  ["12", "PTR"],
  ["15", "MX"],
  ["16", "TXT"],
  ["28", "AAAA"],
  ["33", "SRV"],
  ["255", "ANY"],
]);

const results = step(["dns.resolved_ip"], (fields, data) => {
  const found = (data.get("QueryResults") ?? "").split(";").flatMap((part) => canonicalAddress(part.trim()) ?? []);
  if (found.length > 0) {
    fields["dns.resolved_ip"] = found;
  }
});

const query: readonly Step[] = [
  text("dns.question.name", "QueryName"),
  meaning("dns.question.type", TYPES, "QueryType"),
  text("dns.response_code", "QueryStatus", "Status"),
  constant("network.protocol", "dns"),
  results,
];

const asked = (action: string): RecordType =>
  record({ action, category: ["network"], type: ["protocol", "info"] }, ...query);

export const dnsClient: EventSource = {
  id: "dns-client",
  records: new Map<string, RecordType>([
    ["3006", asked("dns-query-started")],
    ["3008", asked("dns-query-completed")],
    ["3018", asked("dns-cache-read")],
    ["3020", asked("dns-query-answered")],
  ]),
  map: mapAnyRecord,
};
