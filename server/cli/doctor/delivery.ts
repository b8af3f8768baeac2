import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Config } from "../../config.ts";
import { bad, type Check, good } from "./check.ts";

/** Where escalations go: the folder, and the receivers without their paths, which may be secret. */
export function checkDelivery({ webhook, evidence }: Config): readonly Check[] {
  return [
    webhook === undefined
      ? good("webhook", "not set: escalations are not posted")
      : good(
          "webhook",
          `escalations are posted to ${webhook.targets.map((target) => new URL(target).origin).join(", ")}, signed`,
        ),
    ...(evidence === undefined ? [] : [checkFolder(evidence)]),
  ];
}

function checkFolder(folder: string): Check {
  const place = existsSync(folder) ? folder : dirname(folder);
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
    return good("evidence", `bundles of escalated incidents are written into ${folder}`);
  } catch {
    return bad("evidence", "fail", `${place} cannot be written to`, "Give the user that runs Stemma the right to.");
  }
}
