import type { PlaybookOriginView, PlaybookReason } from "#contracts/playbook";

/** Why an alert has a playbook, as a part of a sentence. */
export function reasonWords(because: PlaybookReason): string {
  switch (because.kind) {
    case "chosen":
      return `chosen by ${because.by}`;
    case "rule":
      return "written for this rule";
    case "guide":
      return "the guide of this rule";
    case "technique":
      return `for technique ${because.id}`;
    case "tag":
      return `for the tag ${because.tag}`;
    case "events":
      return `for alerts on ${because.label}`;
    case "fallback":
      return "for all other alerts";
    case "preview":
      return "not meant for this alert";
  }
}

const origins: Readonly<Record<PlaybookOriginView["kind"], string>> = {
  playbook: "Playbook",
  guide: "Guide of a rule",
  page: "Published guide",
  "security-onion": "Security Onion playbook",
  dfiq: "DFIQ playbook",
};

export function originWords({ kind }: PlaybookOriginView): string {
  return origins[kind];
}

/** The address of the page of a playbook. */
export function playbookPath(id: string): string {
  return `/playbooks/${encodeURIComponent(id)}`;
}
