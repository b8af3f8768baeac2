import type { AlertStatus } from "#contracts/alert";
import type { VerdictOutcome } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import { type BundleContent, bundleOf } from "../evidence/bundle.ts";
import { type BundleFile, bundleFiles } from "../evidence/files.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { incidentQuestionsOf } from "../triage/incident/questions.ts";
import { incidentOf } from "../triage/incident/view.ts";
import { currentIncident, noIncident } from "../triage/incident/work.ts";

export interface GatherRequest {
  /** Of the incident, current or former. */
  readonly key: string;
  /** Who escalated it. */
  readonly actor: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Whether its bundle is made. */
  readonly bundle: boolean;
}

/** What a receiver gets to know about an incident, and its bundle. */
export interface Gathered {
  readonly incident: {
    readonly key: string;
    readonly title: string;
    readonly status: AlertStatus;
    readonly verdict?: VerdictOutcome;
    readonly alerts: number;
    readonly hosts: readonly string[];
    /** Hosts that are not named. */
    readonly hostsOmitted: number;
  };
  readonly files: readonly BundleFile[];
}

/** Alerts whose hosts are named. */
const PAGE = 500;
const MOST_HOSTS = 50;

/** Reads an escalated incident. Problems: `incident.not-found`. */
export async function gatherDelivery(
  store: Store,
  content: BundleContent,
  request: GatherRequest,
): Promise<Result<Gathered, RequestProblem>> {
  const { actor, now } = request;
  const key = await currentIncident(store, request.key);
  const incident = await incidentOf(store, key, { limit: PAGE });
  const verdict = (await incidentQuestionsOf(store, content.playbooks, key))?.verdict.outcome;
  if (incident === undefined) {
    return fail(noIncident);
  }
  const bundle = request.bundle ? await bundleOf(store, content, { key, at: now, actor: { name: actor } }) : undefined;
  if (bundle?.ok === false) {
    return bundle;
  }
  const { title, status, total, hosts } = incident;
  const hostsOmitted = Math.max(0, hosts.length - MOST_HOSTS);
  return ok({
    incident: { key, title, status, verdict, alerts: total, hosts: hosts.slice(0, MOST_HOSTS), hostsOmitted },
    files: bundle === undefined ? [] : Object.values(bundleFiles(bundle.value)),
  });
}
