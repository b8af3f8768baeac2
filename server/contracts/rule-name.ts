import { z } from "zod";
import { ruleLanguage } from "./language.ts";

export const ruleName = z
  .object({ id: z.string(), name: z.string(), version: z.string(), language: ruleLanguage })
  .meta({ id: "RuleName", description: "A rule in lists that only name rules." });

export const ruleNameList = z
  .object({ items: z.array(ruleName) })
  .meta({ id: "RuleNameList", description: "The names of all rules." });
