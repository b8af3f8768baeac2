import type { Actor } from "#contracts/actor";
import { type Bundle, type BundleSections, bundleFormat, bundleLayout, bundleVersion } from "#contracts/bundle";
import type { RequestProblem } from "#contracts/problem";
import type { WorkProgress } from "#contracts/work";
import type { Rule } from "../detection/rule.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { askedIncident } from "../playbooks/asked.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import { countingAnswers } from "../playbooks/questions.ts";
import type { Store } from "../store/port.ts";
import { currentIncident, noIncident } from "../triage/incident/work.ts";
import { alertsSection, rulesSection } from "./gather/alerts.ts";
import { attachmentsSection } from "./gather/attachments.ts";
import { auditSection, exceptionsSection } from "./gather/audit.ts";
import { answersSection, incidentSection } from "./gather/incident.ts";
import { pinnedEvidence } from "./gather/pinned.ts";
import { processesSection } from "./gather/processes.ts";
import { recordsSection } from "./gather/records.ts";
import { timelineSection } from "./gather/timeline.ts";
import { type BundleLimits, bundleLimits, upTo } from "./limits.ts";
import { bundleHashes, bundleText } from "./seal.ts";

/** What a bundle is made with, besides the store. */
export interface BundleContent {
  readonly rules: ReadonlyMap<string, Rule>;
  readonly playbooks: Pick<Playbooks, "forAlert">;
  /** Of the product. */
  readonly version: string;
}

export interface BundleRequest {
  /** Of the incident, current or former. */
  readonly key: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly actor: Pick<Actor, "name">;
  readonly limits?: BundleLimits;
  readonly onProgress?: (progress: WorkProgress) => void;
}

/**
 * Everything about an incident as one document. The same store, time and actor give the same document, whichever store
 * it is. Changes nothing. Problems: `incident.not-found`. See docs/decisions/0067.
 */
export async function bundleOf(
  store: Store,
  content: BundleContent,
  { key: asked, at, actor, limits = bundleLimits, onProgress }: BundleRequest,
): Promise<Result<Bundle, RequestProblem>> {
  const incident = await askedIncident(store, content.playbooks, await currentIncident(store, asked));
  if (incident === undefined) {
    return fail(noIncident);
  }
  const all = incident.asked.toSorted((a, b) => a.alert.time - b.alert.time || (a.alert.id < b.alert.id ? -1 : 1));
  const shown = upTo(all, limits.alerts, "alerts");
  const alerts = shown.items.map(({ alert }) => alert);
  const progress = (done: number) => onProgress?.({ done, total: shown.items.length, unit: "alerts" });

  // What does not depend on each other is asked for at once: a store across a network answers while it is asked.
  const [head, given, exceptions, rules] = await Promise.all([
    incidentSection(store, incident, limits.audit),
    store.triage.answersOn(all.map(({ alert }) => alert.id)),
    exceptionsSection(store, alerts, content.rules),
    rulesSection(store, content.rules, all),
  ]);
  if (head === undefined) {
    return fail(noIncident);
  }
  const counting = countingAnswers(all, given);
  const answers = await answersSection(all, counting);
  const pinned = pinnedEvidence(answers);
  const [bundled, processes, coverage, audit, attachments] = await Promise.all([
    alertsSection(store, content.rules, shown.items, counting, progress),
    processesSection(store, alerts, pinned, limits),
    coverageOf(store, head),
    auditSection(
      store,
      incident.key,
      all.map(({ alert }) => alert),
      exceptions.map(({ exception }) => exception),
      limits.audit,
    ),
    attachmentsSection(store, answers, limits.attachments),
  ]);
  const records = await recordsSection(store, alerts, processes.section.nodes, pinned, limits.records, (done, total) =>
    onProgress?.({ done, total, unit: "events" }),
  );
  const timeline = await timelineSection(store, processes.active, alerts, records.fired, limits.events);
  const sections: BundleSections = {
    incident: head,
    answers,
    alerts: bundled,
    rules,
    processes: processes.section,
    timeline: timeline.section,
    coverage,
    exceptions,
    audit: audit.section,
    records: records.section,
    attachments: attachments.section,
  };
  return ok(
    sealed({
      format: bundleFormat,
      version: bundleVersion,
      made: { at: new Date(at).toISOString(), by: actor.name, with: `Stemma ${content.version}`, layout: bundleLayout },
      omitted: [
        ...shown.omitted,
        ...processes.omitted,
        ...timeline.omitted,
        ...records.omitted,
        ...audit.omitted,
        ...attachments.omitted,
      ],
      sections,
    }),
  );
}

/** What the logs of the incident's hosts cover, and how much of it is between its first and its last alert. */
async function coverageOf(
  { events, lineage }: Pick<Store, "events" | "lineage">,
  { hosts, from, to }: BundleSections["incident"],
): Promise<BundleSections["coverage"]> {
  const accounts = await lineage.accounts();
  const names = [...new Set(hosts.flatMap((host) => accounts.hosts.all(host)))];
  const [ever, within] = await Promise.all([
    events.coverage({ hosts: names }),
    events.coverage({ hosts: names, from: Date.parse(from), to: Date.parse(to) }),
  ]);
  const keyOf = (one: { readonly host: string; readonly source: string }) => JSON.stringify([one.host, one.source]);
  const counts = new Map(within.map((one) => [keyOf(one), one.events]));
  return ever
    .map((one) => ({ ...one, within: counts.get(keyOf(one)) ?? 0 }))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** The document with its hashes, exactly as it is read back from its text. */
function sealed(document: Omit<Bundle, "hashes">): Bundle {
  const plain = JSON.parse(bundleText(document));
  return { ...plain, hashes: bundleHashes(plain) };
}
