import type { QueryKey } from "@tanstack/react-query";
import type { RouteName } from "#contracts/api";
import type { Change } from "#contracts/changes";

/** What is on the page, as the cache of responses names it. */
interface Shown {
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
  /** The incident of an alert, as far as it was read. */
  readonly incidentOf: (alertId: string) => string | undefined;
}

interface Concern {
  readonly of: (change: Change, shown: Shown) => boolean;
  /** Milliseconds between two reads on account of it, so that an ingest does not keep the page reading all the time. */
  readonly every: number;
}

const soon = 300;

const isAlerts = ({ kind }: Change) => kind === "alerts";
const anyWork = (change: Change) =>
  change.kind === "incident" || (change.kind === "subject" && ["alert", "incident"].includes(change.subject));
const about = (subject: string) => (change: Change) => change.kind === "subject" && change.subject === subject;

const ofIncident: readonly Concern[] = [
  { of: (change, { params }) => change.kind === "incident" && change.key === params["key"], every: soon },
  { of: isAlerts, every: 3_000 },
];
const ofAlert: readonly Concern[] = [
  {
    of: (change, { params, incidentOf }) => change.kind === "incident" && change.key === incidentOf(params["id"] ?? ""),
    every: soon,
  },
  // Of an alert that is in no incident the stream says only that some alert was changed.
  { of: about("alert"), every: soon },
  { of: isAlerts, every: 10_000 },
];
const ofSubjects = (...subjects: readonly string[]): readonly Concern[] => [
  { of: (change) => subjects.some((subject) => about(subject)(change)), every: 1_000 },
];
/** What is loaded, from which folders, and what is turned off. */
const ofRules = ofSubjects("rule", "rules", "rule-folder");
const ofAlerts = (every: number): readonly Concern[] => [{ of: isAlerts, every }];

/** The reads that follow the stream of changes. Others show what seldom changes, or progress, and are polled. */
const concerns: Readonly<Partial<Record<RouteName, readonly Concern[]>>> = {
  queue: ofAlerts(1_000),
  batches: [{ of: about("batch"), every: soon }, ...ofAlerts(500)],
  batchLeft: [{ of: about("batch"), every: 1_000 }, ...ofAlerts(3_000)],
  incident: ofIncident,
  incidentQuestions: ofIncident,
  alert: ofAlert,
  playbook: ofAlert,
  proposals: [{ of: anyWork, every: 1_000 }],
  hosts: ofAlerts(10_000),
  host: ofAlerts(10_000),
  users: ofAlerts(10_000),
  user: ofAlerts(10_000),
  // What the attempts to send them come to is not told.
  deliveries: [
    { of: anyWork, every: 1_000 },
    { of: about("delivery"), every: soon },
  ],
  people: ofSubjects("person"),
  serviceTokens: ofSubjects("service-token"),
  ownAccount: ofSubjects("person"),
  exceptions: ofSubjects("exception"),
  exception: ofSubjects("exception"),
  exceptionVersions: ofSubjects("exception"),
  rules: ofRules,
  rule: ofRules,
  ruleNames: ofRules,
  ruleFolders: ofRules,
  // Each response verifies the whole trail.
  audit: [{ of: () => true, every: 10_000 }],
};

/** Whether a read follows the stream at all. */
export function isFollowing([route]: QueryKey): boolean {
  return Object.hasOwn(concerns, String(route));
}

/**
 * After how many milliseconds since its last reading a cached response has to be read again on account of a change;
 * undefined: the change does not concern it.
 */
export function rereadAfter(
  change: Change,
  [route, params]: QueryKey,
  incidentOf: Shown["incidentOf"],
): number | undefined {
  const shown = { route: String(route), params: isParams(params) ? params : {}, incidentOf };
  const found = isFollowing([route]) ? (concerns[shown.route as RouteName] ?? []) : [];
  if (change.kind === "everything") {
    return found.length === 0 ? undefined : soon;
  }
  const fits = found.filter(({ of }) => of(change, shown)).map(({ every }) => every);
  return fits.length === 0 ? undefined : Math.min(...fits);
}

function isParams(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === "object" && value !== null;
}
