import { languages } from "#contracts/language";
import type { RuleDetail } from "#contracts/rule";
import { type RuleDraft, ruleDraft } from "#contracts/rule-draft";

const storageKey = "stemma.rule-draft";

/** Template of a new rule by language. */
const templates: Readonly<Record<RuleDraft["language"], (id: string) => string>> = {
  eql: () => 'process where event.type == "start" and\n  process.parent.name : "WmiPrvSE.exe"\n',
  kql: () => 'event.category : process and event.type : start and process.parent.name : "WmiPrvSE.exe"\n',
  sigma: (id) => `title: A new rule
id: ${id}
status: experimental
description: What it finds, and why that matters.
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    ParentImage|endswith: '\\WmiPrvSE.exe'
  condition: selection
level: medium
`,
  tstats: () =>
    "| tstats count min(_time) as firstTime from datamodel=Endpoint.Processes where Processes.parent_process_name=WmiPrvSE.exe by Processes.dest Processes.user Processes.process\n",
};

/** A draft from the template of its language, with a new id. */
export function newDraft(language: RuleDraft["language"]): RuleDraft {
  const id = crypto.randomUUID();
  return ruleDraft.parse({ language, text: templates[language](id), id, name: "A new rule" });
}

/** Whether the text is still the unchanged template. */
export function isTemplate({ language, text, id }: RuleDraft): boolean {
  return text === templates[language](id);
}

/** A draft from an existing rule. It keeps the id, so that saving creates another version. */
export function draftOf(rule: RuleDetail): RuleDraft {
  const { id, language, name, description, severity, riskScore } = rule;
  const text = languages[language].text === "document" ? (rule.text ?? "") : rule.query;
  const parsed = ruleDraft.safeParse({ language, text, id, name, description, severity, riskScore });
  return parsed.success ? parsed.data : { ...newDraft(language), name };
}

/** Keeps the draft in this browser until it is saved or discarded. */
export function keptDraft(): RuleDraft | undefined {
  const text = localStorage.getItem(storageKey);
  if (text === null) {
    return undefined;
  }
  try {
    return ruleDraft.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function keepDraft(draft: RuleDraft | undefined): void {
  if (draft === undefined) {
    localStorage.removeItem(storageKey);
  } else {
    localStorage.setItem(storageKey, JSON.stringify(draft));
  }
}
