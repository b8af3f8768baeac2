import { literalsOf } from "../condition/fields.ts";
import type { Rule } from "../detection/rule.ts";
import { isSwitch, wordsOf } from "./common-values.ts";

/** Whether a rule tests the field for exactly this text. */
export function isRuleConstant(field: string, text: string, rules: readonly Rule[]): boolean {
  const names = field === "process.command_line" ? [field, "process.args"] : [field];
  return ruleLiterals(names, rules).includes(normalized(text));
}

/**
 * Whether the text is a full path whose file name a rule tests: `process.parent.executable` where the rule tests
 * `process.parent.name`. A parent command line of that file and switches only is treated the same.
 */
export function isPathOfRuleConstant(field: string, text: string, rules: readonly Rule[]): boolean {
  const [program = "", ...rest] = /\.parent\.command_line$/.test(field) ? wordsOf(text) : [text];
  const fileName = program.slice(Math.max(program.lastIndexOf("\\"), program.lastIndexOf("/")) + 1);
  const name = field.replace(/\.(executable|command_line)$/, ".name");
  return name !== field && rest.every(isSwitch) && ruleLiterals([name], rules).includes(normalized(fileName));
}

/** Whether each word of a command line pattern occurs in a literal of one rule, or is too short to matter. */
export function repeatsRule(text: string, rules: readonly Rule[]): boolean {
  const words = text.toLowerCase().split(/[\s"']+/);
  return rules.some((rule) => {
    if (rule.body.kind === "not-evaluable") {
      return false;
    }
    const literals = [...literalsOf(rule.body.condition).values()].flat().map((literal) => literal.toLowerCase());
    return words.every((word) => word.length < 3 || literals.some((literal) => literal.includes(word)));
  });
}

function ruleLiterals(names: readonly string[], rules: readonly Rule[]): readonly string[] {
  return rules.flatMap((rule) => {
    if (rule.body.kind === "not-evaluable") {
      return [];
    }
    const literals = literalsOf(rule.body.condition);
    return names.flatMap((name) => literals.get(name) ?? []).map(normalized);
  });
}

function normalized(text: string): string {
  return text.toLowerCase().replaceAll("*", " ").replace(/ +/g, " ").trim();
}
