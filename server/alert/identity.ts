import { derivedId } from "../lib/plain-id.ts";

/**
 * The id of an alert is derived from its rule and process, or from the source event if the process is unknown, so that
 * replaying the same records raises no second alert. See docs/decisions/0003.
 */
export function alertId(ruleId: string, about: { readonly processKey?: string; readonly eventId: string }): string {
  const subject = about.processKey === undefined ? `event\u0000${about.eventId}` : `process\u0000${about.processKey}`;
  return derivedId(`alert\u0000${ruleId}\u0000${subject}`);
}

/** The id of an alert over several events is derived from its rule and these events, in their order. */
export function sequenceAlertId(ruleId: string, eventIds: readonly string[]): string {
  return derivedId(["sequence", ruleId, ...eventIds].join("\u0000"));
}
