import { z } from "zod";
import { ruleLanguage } from "./language.ts";
import { pageOf } from "./page.ts";

export const ruleName = z
  .object({ id: z.string(), name: z.string(), version: z.string(), language: ruleLanguage })
  .meta({ id: "RuleName", description: "A rule in lists that only name rules." });

export const ruleNameList = pageOf(ruleName).meta({ id: "RuleNameList", description: "Rules by name." });
