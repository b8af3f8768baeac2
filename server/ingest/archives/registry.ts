import type { Archive } from "./archive.ts";
import { gzip } from "./gzip.ts";
import { tar } from "./tar.ts";
import { zip } from "./zip.ts";

/** Every container and compression format that is looked into. See docs/adding-a-format.md. */
export const archives: readonly Archive[] = [gzip, zip, tar];

export function archiveOf(head: Buffer): Archive | undefined {
  return archives.find((archive) => archive.looksLike(head));
}
