import { hash } from "node:crypto";
import type { Fields } from "#contracts/event";

/** A digest of a command line in which a run of blanks counts as one, as logs write either. */
export function commandDigest(commandLine: string): string {
  return hash("sha256", commandLine.replace(/[ \t]+/g, " "), "hex");
}

/** The digests of the command lines of an event. */
export function commandDigests(fields: Fields): readonly string[] {
  const value = fields["process.command_line"];
  return (Array.isArray(value) ? value : [value]).flatMap((one) =>
    typeof one === "string" && one !== "" ? [commandDigest(one)] : [],
  );
}
