import { stringify } from "yaml";
import type { Severity } from "#contracts/alert";
import { elasticNames } from "./elastic-rule.ts";

/** A rule as it is edited. */
export interface WrittenRule {
  /** The query; of Sigma the whole document. */
  readonly text: string;
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly severity: Severity;
  readonly riskScore: number;
}

export interface RuleFileText {
  /** A proposal made from the name of the rule. */
  readonly name: string;
  readonly text: string;
}

/** A rule in EQL or KQL as a TOML file of elastic/detection-rules. */
export function elasticFile(rule: WrittenRule, language: keyof typeof elasticNames): RuleFileText {
  const name = nameOf(rule);
  const names = elasticNames[language];
  return {
    name: `${fileName(name)}.toml`,
    text: [
      "[rule]",
      `rule_id = ${quoted(idOf(rule))}`,
      `name = ${quoted(name)}`,
      "version = 1",
      `description = ${quoted(rule.description)}`,
      `severity = ${quoted(rule.severity)}`,
      `risk_score = ${rule.riskScore}`,
      `type = ${quoted(names.type)}`,
      `language = ${quoted(names.language)}`,
      `query = ${multiLine(rule.text)}`,
      "",
    ].join("\n"),
  };
}

/** A tstats search as a YAML file of splunk/security_content. */
export function splunkFile(rule: WrittenRule): RuleFileText {
  const name = nameOf(rule);
  const { description, text, riskScore } = rule;
  const content = {
    name,
    id: idOf(rule),
    version: 1,
    type: "TTP",
    description,
    search: text,
    tags: { risk_score: riskScore },
  };
  return { name: `${fileName(name)}.yml`, text: stringify(content, { lineWidth: 0 }) };
}

/** A Sigma document, which is a file of its own. */
export function sigmaFile(rule: WrittenRule): RuleFileText {
  const { text } = rule;
  return {
    name: `${fileName(titleOf(text) ?? nameOf(rule))}.yml`,
    text: text.endsWith("\n") ? text : `${text}\n`,
  };
}

function nameOf({ name }: WrittenRule): string {
  return name.trim() === "" ? "Untitled rule" : name.trim();
}

function idOf({ id }: WrittenRule): string {
  return id === "" ? "draft" : id;
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
