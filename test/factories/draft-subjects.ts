import type { Fields } from "#contracts/event";
import type { AlertRecord } from "../../server/alert/record.ts";
import { type LineageContext, noLineage } from "../../server/exception/lineage-context.ts";
import type { DraftSubject } from "../../server/exceptions/drafting/subject.ts";

interface Start {
  readonly command?: string;
  readonly parent?: string;
  readonly parentCommand?: string;
  readonly host?: string;
  readonly user?: string;
}

/** The fields of the start of a shell. */
export function processStart({
  command = "cmd.exe /c whoami",
  parent = "C:\\Program Files\\Vendor\\agent.exe",
  parentCommand = "agent.exe",
  host = "srv-01",
  user = "svc-agent",
}: Start): Fields {
  return {
    "process.executable": "C:\\Windows\\System32\\cmd.exe",
    "process.name": "cmd.exe",
    "process.command_line": command,
    "process.parent.executable": parent,
    "process.parent.command_line": parentCommand,
    "user.name": user,
    "user.domain": "NORD",
    "host.name": host,
  };
}

let count = 0;

/** An alert on an event with these fields, as drafts are made from it. */
export function draftSubject(fields: Fields, lineage: LineageContext = noLineage): DraftSubject {
  count += 1;
  const host = String(fields["host.name"]);
  const alert: AlertRecord = {
    id: `alert-${count}`,
    rule: { id: "rule", name: "Rule", version: "1", language: "eql" },
    severity: "low",
    riskScore: 21,
    buildingBlock: false,
    techniques: [],
    message: "",
    time: 0,
    detectedAt: 0,
    host,
    user: { name: String(fields["user.name"]), domain: String(fields["user.domain"]) },
    status: "open",
    sources: [],
    fields,
  };
  return { alert, fields, lineage, account: undefined, hostNames: [host] };
}
