import { isIP } from "node:net";
import type { FieldEntry } from "#contracts/exception-entry";
import { parseNetwork } from "../../condition/address.ts";
import { isAddressField } from "../../exception/condition.ts";
import type { EntryNote } from "./entry-note.ts";

/** Networks that are none, and networks on fields that hold no addresses. */
export function lintAddress(
  entry: FieldEntry & { readonly type: "match" | "match_any" | "wildcard" },
): readonly EntryNote[] {
  const values = entry.type === "match_any" ? entry.values : [entry.value];
  const part = entry.type === "match_any" ? "values" : "value";
  if (!isAddressField(entry.field)) {
    const network = values.find(isNetworkText);
    return network === undefined || /command_line$|args$/.test(entry.field)
      ? []
      : [
          {
            part,
            weight: "error",
            text: `${entry.field} holds no addresses: ${network} would be compared as text. Networks count on fields such as source.ip.`,
          },
        ];
  }
  if (entry.type === "wildcard") {
    return [{ part, weight: "hint", text: "An address can also be compared with a network, such as 10.1.0.0/16." }];
  }
  const odd = values.find((value) => parseNetwork(value) === undefined);
  return odd === undefined
    ? []
    : [{ part, weight: "error", text: `${odd} is no address and no network such as 10.1.0.0/16.` }];
}

function isNetworkText(value: string): boolean {
  return /^[0-9a-fA-F:.]+\/\d{1,3}$/.test(value) && isIP(value.slice(0, value.indexOf("/"))) !== 0;
}
