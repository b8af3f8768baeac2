import type { Fields } from "#contracts/event";
import { valuesOf } from "../event/event.ts";
import { processesModel } from "./data-model.ts";

/**
 * Fills `$name$` placeholders of a rule's message: names of the data model Endpoint.Processes, else ECS names. Several
 * values are joined by ", "; a field without a value reads "unknown"; anything else between dollar signs stays as it is.
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
