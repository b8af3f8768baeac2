import { stringify } from "yaml";
import type { RuleLanguage, Severity } from "#contracts/alert";
import { assertNever } from "../../lib/result.ts";

/** What somebody wrote in the editor. */
export interface WrittenRule {
  readonly language: RuleLanguage;
  /** The query; of Sigma the whole document. */
  readonly text: string;
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly severity: Severity;
  readonly riskScore: number;
}

/**
 * The rule as a file in the format of its language's repository: Elastic's TOML for EQL and KQL, Splunk's YAML for tstats,
 * the document itself for Sigma. The name is proposed from that of the rule.
 */
export function ruleFileText(rule: WrittenRule): { readonly name: string; readonly text: string } {
  const { language, text, description, severity, riskScore } = rule;
  const name = rule.name.trim() === "" ? "Untitled rule" : rule.name.trim();
  const id = rule.id === "" ? "draft" : rule.id;
  switch (language) {
    case "eql":
    case "kql":
      return {
        name: `${fileName(name)}.toml`,
        text: [
          "[rule]",
          `rule_id = ${quoted(id)}`,
          `name = ${quoted(name)}`,
          "version = 1",
          `description = ${quoted(description)}`,
          `severity = ${quoted(severity)}`,
          `risk_score = ${riskScore}`,
          `type = ${quoted(language === "eql" ? "eql" : "query")}`,
          `language = ${quoted(language === "eql" ? "eql" : "kuery")}`,
          `query = ${multiLine(text)}`,
          "",
        ].join("\n"),
      };
    case "tstats":
      return {
        name: `${fileName(name)}.yml`,
        text: stringify(
          { name, id, version: 1, type: "TTP", description, search: text, tags: { risk_score: riskScore } },
          { lineWidth: 0 },
        ),
      };
    case "sigma":
      return { name: `${fileName(titleOf(text) ?? name)}.yml`, text: text.endsWith("\n") ? text : `${text}\n` };
    default:
      return assertNever(language);
  }
}

function titleOf(text: string): string | undefined {
  return /^title:[ \t]*["']?([^"'\r\n]+)/m.exec(text)?.[1]?.trim();
}

function fileName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 100);
  return plain === "" ? "rule" : plain;
}

/** A basic string of TOML: the escapes of JSON are among its own, all but those of DEL. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}

/** As it was written where a literal string of TOML can hold it: without control characters. */
function multiLine(text: string): string {
  return /'''|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\r(?!\n)/.test(text) || text.endsWith("'")
    ? quoted(text)
    : `'''\n${text}\n'''`;
}
