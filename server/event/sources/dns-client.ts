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

/** Results of Windows (`DNS_ERROR_RCODE_…`) as response codes. */
const RESPONSES: ReadonlyMap<string, string> = new Map([
  ["0", "NOERROR"],
  ["9001", "FORMERR"],
  ["9002", "SERVFAIL"],
  ["9003", "NXDOMAIN"],
  ["9004", "NOTIMP"],
  ["9005", "REFUSED"],
  ["9006", "YXDOMAIN"],
  ["9007", "YXRRSET"],
  ["9008", "NXRRSET"],
  ["9009", "NOTAUTH"],
  ["9010", "NOTZONE"],
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
  meaning("dns.response_code", RESPONSES, "QueryStatus", "Status"),
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
