import { z } from "zod";
import { alertStatus, alertSummary, matchedPart, severity, technique } from "./alert.ts";
import { attachedText } from "./attachment.ts";
import { auditRecord } from "./audit.ts";
import { coverage } from "./coverage.ts";
import { decoded } from "./decoding.ts";
import { sourceRef } from "./event.ts";
import { exceptionRecord } from "./exception.ts";
import { incidentHistoryEntry, incidentQuestion, incidentVerdict, incidentWork, statusCounts } from "./incident.ts";
import { ruleLanguage } from "./language.ts";
import { logonLink, logonSession, processNode, truncation } from "./lineage.ts";
import { answerValue, verdictOutcome } from "./playbook.ts";
import { timestamp } from "./time.ts";
import { timelineEvent, timelineKind } from "./timeline.ts";

/**
 * The evidence bundle: everything about one incident in one document that can be checked without a store. Its HTML file
 * shows this document and contains it. See docs/decisions/0067.
 */

export const bundleFormat = "stemma-evidence-bundle";
/** Of the document. A change that an older `stemma verify` would misread gets the next number. */
export const bundleVersion = 1;
/** Of the HTML file: how the document is printed. A file of another layout is not printed again for comparison. */
export const bundleLayout = 2;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const bundledAlert = alertSummary.extend({
  matched: z.array(matchedPart).describe("Why it fired; empty if its rule is no longer loaded."),
  outcome: verdictOutcome.optional().describe("By its own answers; absent without a playbook."),
  events: z.array(z.string()).describe("Ids of the events that it was raised on."),
});

const bundledRule = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  language: ruleLanguage,
  alerts: z.number().describe("Of the incident."),
  loaded: z
    .object({
      severity,
      description: z.string(),
      query: z.string(),
      source: z.string(),
      license: z.string().optional(),
      falsePositives: z.array(z.string()),
      references: z.array(z.string()),
      techniques: z.array(technique),
    })
    .optional()
    .describe("Absent if the rule is no longer loaded."),
  versions: z
    .array(
      z.object({
        version: z.string(),
        hash: z.string().describe("Of the text of the rule's file."),
        source: z.string(),
        firstSeen: timestamp,
        lastSeen: timestamp,
      }),
    )
    .describe("All texts of the rule that ran here."),
});

const bundledProcess = processNode.extend({
  role: z.enum(["alert", "ancestor", "descendant", "related", "evidence"]),
  decoded: decoded.optional().describe("What is encoded in its command line."),
});

const bundledRecord = z.object({
  eventId: z.string(),
  time: timestamp,
  host: z.string(),
  source: sourceRef,
  of: z.array(z.enum(["alert", "answer", "process"])).describe("What it is evidence of."),
  record: z.unknown().describe("As it was read, before mapping."),
  sha256: sha256.describe("Of the record as canonical JSON: sorted keys, no blanks."),
});

const sections = z.object({
  incident: z.object({
    key: z.string(),
    title: z.string(),
    status: alertStatus,
    counts: statusCounts,
    work: incidentWork,
    from: timestamp.describe("Of the first alert."),
    to: timestamp.describe("Of the last alert."),
    hosts: z.array(z.string()),
    users: z.array(z.string()),
    techniques: z.array(technique.extend({ alerts: z.number() })),
    merged: z.array(
      z.object({ key: z.string(), alerts: z.number(), at: timestamp, actor: z.string(), reason: z.string() }),
    ),
    removed: z
      .array(z.object({ id: z.string(), ruleName: z.string(), at: timestamp, actor: z.string(), reason: z.string() }))
      .describe("Alerts that analysts removed from the incident."),
    history: z.array(incidentHistoryEntry),
  }),
  answers: z.object({
    verdict: incidentVerdict,
    reasons: z
      .array(z.object({ outcome: verdictOutcome, text: z.string(), alerts: z.number() }))
      .describe("The rows of the decision table that apply, and to how many alerts."),
    flips: z
      .array(z.object({ question: z.string(), to: answerValue, outcome: verdictOutcome }))
      .describe("Single answers that would change the verdict."),
    questions: z.array(incidentQuestion),
    withoutPlaybook: z.number(),
  }),
  alerts: z.array(bundledAlert).describe("Oldest first."),
  rules: z.array(bundledRule),
  processes: z.object({
    nodes: z.array(bundledProcess).describe("By time of start."),
    sessions: z.array(logonSession),
    links: z.array(logonLink),
    truncations: z.array(truncation),
  }),
  timeline: z.object({
    kinds: z.array(z.object({ kind: timelineKind, count: z.number() })).describe("Of the listed events."),
    items: z.array(timelineEvent),
  }),
  coverage: z.array(coverage.extend({ within: z.number().describe("Events between the first and the last alert.") })),
  exceptions: z.array(
    z.object({
      why: z.array(z.enum(["written-from", "same-rule"])),
      // Files of older versions have none; reading them must not add anything to what they say.
      exception: exceptionRecord.extend({ version: z.number().optional() }),
    }),
  ),
  audit: z.object({
    records: z.array(auditRecord).describe("About the incident, its alerts and these exceptions, oldest first."),
    trail: z
      .object({
        intact: z.boolean(),
        checked: z.number(),
        brokenAt: z.number().optional(),
        head: z.object({ sequence: z.number(), hash: z.string() }).optional(),
      })
      .describe("The whole audit trail as it was when the bundle was made."),
  }),
  records: z.array(bundledRecord).describe("Source records, oldest first."),
  attachments: z
    .array(attachedText)
    .optional()
    .describe("Texts that people pasted to these answers, each once, by hash. Absent: there are none."),
});

export const bundle = z
  .object({
    format: z.literal(bundleFormat),
    version: z.literal(bundleVersion),
    made: z.object({
      at: timestamp,
      by: z.string(),
      with: z.string().describe("The program and its version."),
      layout: z.number(),
    }),
    omitted: z
      .array(z.object({ what: z.string(), shown: z.number(), total: z.number(), why: z.string() }))
      .describe("What was left out."),
    sections,
    hashes: z.object({
      sections: z.record(z.string(), sha256).describe("SHA-256 of each section as canonical JSON."),
      bundle: sha256.describe("SHA-256 of everything else in this document but the sections, with their hashes."),
    }),
  })
  .meta({ id: "Bundle", description: "Everything about one incident, with hashes." });
export type Bundle = Readonly<z.infer<typeof bundle>>;
export type BundleSections = Bundle["sections"];
export type BundledProcess = BundleSections["processes"]["nodes"][number];
export type BundledRecord = BundleSections["records"][number];
export type BundledAlert = BundleSections["alerts"][number];

/** What stands around the document in the page. */
export const bundleDataStart = '<script type="application/json" id="bundle">\n';
export const bundleDataEnd = "</script>";

export const bundleQuery = z.object({
  format: z.enum(["html", "json"]).default("html").describe("The page, which has the document in it, or that alone."),
  everything: z.boolean().default(false).describe("Without limits. Otherwise the file says what was left out."),
});

/** What `stemma verify` checked. */
export const bundleCheck = z.object({
  name: z.enum(["format", "sections", "records", "answers", "attachments", "audit", "page", "head", "store"]),
  state: z.enum(["ok", "failed", "not-checked"]),
  text: z.string(),
  at: z.string().optional().describe("Where: a section, a record, a line."),
});
export type BundleCheck = Readonly<z.infer<typeof bundleCheck>>;
