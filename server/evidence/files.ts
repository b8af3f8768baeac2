import type { Actor } from "#contracts/actor";
import type { Bundle, BundleSections } from "#contracts/bundle";
import type { RequestProblem } from "#contracts/problem";
import { ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { type BundleContent, type BundleRequest, bundleOf } from "./bundle.ts";
import { bundlePage } from "./html/page.ts";
import { bundleLimits, noLimits } from "./limits.ts";
import { bundleText } from "./seal.ts";

export interface BundleFile {
  readonly name: string;
  readonly text: string;
}

/** The two files of a bundle: the page to read, which has the document in it, and the document alone. */
export function bundleFiles(bundle: Bundle): { readonly html: BundleFile; readonly json: BundleFile } {
  const name = bundleName(bundle.made.at, bundle.sections.incident);
  return {
    html: { name: `${name}.html`, text: bundlePage(bundle) },
    json: { name: `${name}.json`, text: bundleText(bundle) },
  };
}

/** Only characters that every file system and every shell takes, whatever rule and hosts are called. */
function bundleName(at: string, { title, hosts }: BundleSections["incident"]): string {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "");
  const words = plain([title, hosts.length === 1 ? hosts[0] : ""].join(" "))
    .slice(0, 60)
    .replace(/-$/, "");
  return `bundle-${at.slice(0, 19).replaceAll(/[-:]/g, "")}Z-${words === "" ? "incident" : words}`;
}

export interface FileRequest {
  readonly key: string;
  readonly actor: Pick<Actor, "name">;
  readonly format: "html" | "json";
  readonly everything: boolean;
}

/** A file that can be sent as it is. Problems: `incident.not-found`. */
export async function bundleFileOf(
  store: Store,
  content: BundleContent,
  { format, everything, ...request }: FileRequest & Pick<BundleRequest, "at" | "onProgress">,
): Promise<Result<{ name: string; type: string; bytes: Uint8Array; hash: string }, RequestProblem>> {
  const bundle = await bundleOf(store, content, { ...request, limits: everything ? noLimits : bundleLimits });
  if (!bundle.ok) {
    return bundle;
  }
  const { name, text } = bundleFiles(bundle.value)[format];
  const type = format === "html" ? "text/html; charset=utf-8" : "application/json; charset=utf-8";
  return ok({ name, type, bytes: new TextEncoder().encode(text), hash: `${format}.${bundle.value.hashes.bundle}` });
}
