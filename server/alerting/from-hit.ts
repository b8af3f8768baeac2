import type { Account } from "#contracts/account";
import type { Fields } from "#contracts/event";
import { alertId } from "../alert/identity.ts";
import type { AlertRecord } from "../alert/record.ts";
import { foldCase } from "../condition/fold-case.ts";
import type { Hit } from "../detection/rule.ts";
import { commandTemplate } from "../event/command-template.ts";
import { textOf } from "../event/event.ts";
import { agentUser, tokenUser, userKeyOf } from "../lineage/account.ts";
import type { AlertProcess } from "./processes.ts";

/** The alert that one hit would raise by itself; hits of one rule on one process are merged (`alert/merge.ts`). */
export function alertFromHit(hit: Hit, process: AlertProcess | undefined, detectedAt: number): AlertRecord {
  const { rule, event } = hit;
  const user = process?.user ?? recordedUser(event.fields);
  const commandLine = textOf(event.fields, "process.command_line");
  return {
    id: alertId(rule.id, { processKey: process?.key, eventId: event.id }),
    rule: { id: rule.id, name: rule.name, version: rule.version, language: rule.language },
    severity: rule.severity,
    riskScore: rule.riskScore,
    buildingBlock: rule.buildingBlock,
    techniques: rule.techniques,
    message: hit.message,
    time: event.time,
    detectedAt,
    host: process?.host ?? foldCase(textOf(event.fields, "host.name") ?? ""),
    userKey: user === undefined ? undefined : userKeyOf(user),
    user,
    processKey: process?.key,
    rootKey: process?.rootKey,
    commandTemplate: commandLine === undefined ? undefined : commandTemplate(commandLine),
    status: "open",
    sources: [event.source],
    fields: event.fields,
    group: hit.group,
  };
}

/** The account that the records name: that of the new token, or else that of the agent. */
export function recordedUser(fields: Fields): Account | undefined {
  return tokenUser(fields) ?? agentUser(fields);
}
