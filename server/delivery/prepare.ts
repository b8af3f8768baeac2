import { hash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fail, ok, type Result } from "../lib/result.ts";
import type { DeliveryRecord } from "../store/deliveries/port.ts";
import type { Gathered } from "./gather.ts";

/** What is sent, and the files that it names. */
export type Prepared = Required<Pick<DeliveryRecord, "body" | "files">>;

/** Writes the bundle of a delivery, and puts together what is posted. The error is a reason in words. */
export async function prepareDelivery(
  delivery: DeliveryRecord,
  { incident, files }: Gathered,
  { url, evidence }: { readonly url: string; readonly evidence: string | undefined },
): Promise<Result<Prepared, string>> {
  const { id, at, actor, note, alerts } = delivery;
  const written = evidence === undefined ? ok([]) : await writeFiles(evidence, files, id);
  if (!written.ok) {
    return written;
  }
  const link = `${url.replace(/\/$/, "")}/incidents/${encodeURIComponent(incident.key)}`;
  const body = JSON.stringify({
    ...{ id, event: "incident.escalated", at: new Date(at).toISOString(), actor, note, escalatedAlerts: alerts },
    incident: { ...incident, link },
    files: written.value,
  });
  return ok({ body, files: written.value });
}

async function writeFiles(
  folder: string,
  files: Gathered["files"],
  id: string,
): Promise<Result<DeliveryRecord["files"], string>> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const written: DeliveryRecord["files"][number][] = [];
    for (const { name: plain, text } of files) {
      // Several are written in one second: names end in the id of the delivery.
      const name = plain.replace(/(\.[a-z]+)$/, `-${id.slice(0, 8)}$1`);
      // Whole or not at all.
      const part = join(folder, `.${name}.part`);
      await writeFile(part, text, { mode: 0o600 });
      await rename(part, join(folder, name));
      written.push({ name, sha256: hash("sha256", text, "hex") });
    }
    return ok(written);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    return fail(`the bundle cannot be written into the folder for evidence: ${code}`);
  }
}
