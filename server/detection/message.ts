import type { Fields } from "#contracts/event";
import { valuesOf } from "../event/event.ts";
import { processesModel } from "./data-model.ts";

/**
 * Fills the `$name$` placeholders of a rule's message, which are fields of Endpoint.Processes or ECS. Several values
 * are joined by ", ", an absent one becomes "unknown"; other text between dollar signs is left unchanged.
 */
export function fillMessage(template: string, fields: Fields): string {
  return template.replace(/\$([A-Za-z_@][\w.]{0,80})\$/g, (placeholder, name: string) => {
    const field = processesModel.get(name) ?? (name.includes(".") ? name : undefined);
    if (field === undefined) {
      return placeholder;
    }
    const values = valuesOf(fields, field);
    return values.length === 0 ? "unknown" : values.join(", ");
  });
}
