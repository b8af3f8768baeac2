import { codeSpans } from "../markdown.ts";

/** Endings of file names and domains, which have the shape of a field. */
const endings =
  /\.(?:exe|dll|sys|ps1|psm1|bat|cmd|vbs|vbe|jse?|wsf|hta|txt|log|csv|json|xml|ya?ml|ini|conf|cfg|py|pl|rb|sh|so|ko|lnk|msi|msc|scr|com|net|org|io|ms|gov|edu|zip|rar|7z|gz|tar|iso|img|vhdx?|docx?|docm|xlsx?|xlsm|pptx?|pdf|rtf|tmp|bak|dmp|dat|db|sqlite|evtx|etl|reg|pol|kdbx|plist|app|pkg|dmg|service|socket|timer|d|deb|rpm|jar|aspx?|php|html?|md|inf|cpl|ocx|ax|node|asar|onion)$/i;

const shape = /^[A-Za-z_][\w-]*(?:\.[A-Za-z_@][\w@-]*)+$/;

/** Whether a text has the shape of a field name: `@timestamp`, or names joined by dots that are no file name. */
export function looksLikeField(text: string): boolean {
  return text === "@timestamp" || (text.length < 200 && shape.test(text) && !endings.test(text));
}

/** First names of fields: in a text without backticks only names below these count. */
const roots = new Set(
  (
    "agent aws azure auditd client cloud code_signature container data_stream destination device dll dns ecs email " +
    "endgame error event faas file gcp google_workspace group hash host http kibana kubernetes log network o365 " +
    "observer okta orchestrator organization package panw pe powershell process registry related rule server service " +
    "signal slsa source suricata sysmon system target threat tls tracing url user user_agent volume vulnerability " +
    "winlog x509 zeek"
  ).split(" "),
);

/** Field names in backticks, in their order. One span may hold several: `host.id + process.pid`. */
export function fieldsInBackticks(text: string): readonly string[] {
  return codeSpans(text)
    .flatMap((span) => span.split(/[\s,+/|]+/))
    .filter(looksLikeField);
}

/** Field names of a text that has lost its backticks, by their shape. */
export function fieldsByShape(text: string): readonly string[] {
  return (
    text
      .split(/[^\w@.-]+/)
      .map((word) => (word.endsWith(".") ? word.slice(0, -1) : word))
      // "same-user.id" is about the field user.id.
      .map((word) => word.slice(word.lastIndexOf("-", Math.max(0, word.indexOf("."))) + 1))
      .filter((name) => looksLikeField(name) && (name === "@timestamp" || roots.has(name.slice(0, name.indexOf(".")))))
  );
}

/** Whether a text only lists fields, so that naming the fields says all of it. */
export function listsOnlyFields(text: string): boolean {
  const rest = text.replaceAll(/`[^`]*`/g, (span) => (looksLikeField(span.slice(1, -1)) ? "" : span));
  return /^(?:[\s,.;:]|\band\b|\bor\b|\bplus\b)*$/.test(rest);
}
