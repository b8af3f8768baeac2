import type { z } from "zod";
import type { EffectiveSetting } from "#contracts/people";
import { type Setting, secrets, settings } from "./settings.ts";
import type { GivenSetting } from "./sources.ts";

/**
 * Every setting with the value that holds and where it comes from. `derived` are the values of settings whose default
 * depends on the machine.
 */
export function effectiveSettings(
  given: ReadonlyMap<Setting, GivenSetting>,
  derived: Readonly<Partial<Record<Setting, string>>>,
): readonly EffectiveSetting[] {
  return settings.keyof().options.map((name) => {
    const schema = settings.shape[name];
    const set = given.get(name);
    const value = set?.text ?? derived[name] ?? defaultOf(schema);
    return {
      name,
      value: set !== undefined && secrets.includes(name) ? "set" : value,
      source: set?.source.kind ?? "default",
      description: schema.description ?? "",
    };
  });
}

/** Empty for a setting that is absent by default. */
function defaultOf(schema: z.ZodType): string {
  const parsed = schema.safeParse(undefined);
  return parsed.success && parsed.data !== undefined ? String(parsed.data) : "";
}
