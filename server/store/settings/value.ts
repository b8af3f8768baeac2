import { z } from "zod";
import { stored } from "../damage.ts";
import { text } from "../row.ts";

/** A setting from its `key` and `value`. */
export const settingOf = stored("setting", (row: Readonly<Record<string, unknown>>) => ({
  key: text(row, "key"),
  value: z.json().parse(JSON.parse(text(row, "value"))) as unknown,
}));
