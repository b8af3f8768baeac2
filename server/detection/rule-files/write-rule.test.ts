import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RuleLanguage } from "#contracts/language";
import { ok } from "../../lib/result.ts";
import { ruleLanguages } from "../rule-languages.ts";
import { readRules } from "./load.ts";
import type { WrittenRule } from "./write-rule.ts";

const written = {
  text: "process where true",
  id: "an-id",
  name: "A rule: with / odd * characters",
  description: "",
  severity: "high",
  riskScore: 73,
} as const;

type WrittenInLanguage = WrittenRule & { readonly language: RuleLanguage };

const ruleFileText = (rule: WrittenInLanguage) => ruleLanguages[rule.language].ruleFile(rule);

function load(rule: WrittenInLanguage) {
  const { name, text } = ruleFileText(rule);
  const { rules, files } = readRules([{ file: name, source: name, text: ok(text) }]);
  return { name, text, rule: rules[0], status: files[0] };
}

describe("a rule as a file", () => {
  it("loads back as what was written, whatever its texts contain", () => {
    const text = fc.string({ unit: "binary", maxLength: 80 }).map((value) => value.toWellFormed());
    fc.assert(
      fc.property(
        text,
        text,
        fc.constantFrom("", "'", "'''", '"""', "\\", "\r", "\u007f"),
        (name, description, odd) => {
          const literal = JSON.stringify(odd).replaceAll("\u007f", "\\u{7f}");
          const query = `process where process.name == ${literal} // ${odd.replace(/[\r\n]/g, "")}`;
          const { rule, status } = load({ ...written, language: "eql", name: `n${name}`, description, text: query });
          expect(status).toMatchObject({ state: "evaluable" });
          expect(rule).toMatchObject({
            id: "an-id",
            name: `n${name}`.trim(),
            description: description.trim(),
            query: query.trim(),
            severity: "high",
            riskScore: 73,
          });
        },
      ),
    );
  });

  it("takes the format of its language, and a plain file name", () => {
    expect(load({ ...written, language: "eql" }).name).toBe("a_rule_with_odd_characters.toml");
    expect(load({ ...written, language: "kql", text: "process.name: a.exe" }).rule).toMatchObject({ language: "kql" });
    const spl = "| tstats count from datamodel=Endpoint.Processes where Processes.user=x by Processes.dest";
    expect(load({ ...written, language: "tstats", text: spl })).toMatchObject({
      name: "a_rule_with_odd_characters.yml",
      rule: { language: "tstats", riskScore: 73, query: spl },
    });
    const sigma =
      "title: My Sigma\nid: s\nlogsource: {product: windows, category: process_creation}\ndetection:\n  a: {Image: b}\n  condition: a\n";
    expect(load({ ...written, language: "sigma", text: sigma })).toMatchObject({ name: "my_sigma.yml", text: sigma });
    expect(ruleFileText({ ...written, language: "eql", name: "../../etc/passwd" }).name).toBe("etc_passwd.toml");
    expect(ruleFileText({ ...written, language: "eql", name: "日本" }).name).toBe("rule.toml");
  });
});
