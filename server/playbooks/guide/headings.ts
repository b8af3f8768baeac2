/** What a section of a guide is about. `wrapper` and `about` hold whatever has no heading of its own. */
export type SectionKind =
  | "wrapper"
  | "about"
  | "steps"
  | "false-positives"
  | "response"
  | "related-rules"
  | "setup"
  | "other";

const known: readonly (readonly [RegExp, SectionKind])[] = [
  [/^(?:triage and analysis|triage|investigation guide|investigation and analysis)$/, "wrapper"],
  [/^investigating\s/, "about"],
  [/\binvestigati(?:on|ve) (?:steps|questions)\b|\bsteps to investigate\b/, "steps"],
  [/^(?:triage|analysis|triage and analysis) (?:checklist|steps|questions)$/, "steps"],
  [/^what to (?:review|check|examine|look for)\b|^scoping$|^steps$|^questions$/, "steps"],
  [/^false[- ]positives?\b/, "false-positives"],
  [/^(?:(?:incident )?response|remediation|containment)(?:$|[\s:/&,]| and\b)/, "response"],
  [/^related (?:detection )?rules?$/, "related-rules"],
  [/^(?:setup|set up|configuration|config|prerequisites?)\b/, "setup"],
];

/** The words of a heading: without marks, in lower case. */
export function headingWords(text: string): string {
  return text
    .slice(0, 300)
    .replaceAll(/[#*_`]/g, "")
    .trim()
    .replace(/[\s:.]{1,20}$/, "")
    .replaceAll(/\s+/g, " ")
    .toLowerCase();
}

export function sectionKind(title: string): SectionKind {
  const words = headingWords(title);
  return known.find(([pattern]) => pattern.test(words))?.[1] ?? "other";
}

/** Headings whose words only name the kind of the section: nothing is lost without them. */
const plain = new Set([
  "triage and analysis",
  "triage",
  "investigation guide",
  "possible investigation steps",
  "investigation steps",
  "steps",
  "questions",
  "false positive analysis",
  "false positives",
  "response and remediation",
  "related rules",
]);

export function isPlainHeading(title: string): boolean {
  return plain.has(headingWords(title));
}
