// Builds the web app into web/dist when it is missing or older than its sources; `--force` always builds. Plain
// JavaScript, because it may be started by a Node too old to strip types.
import { readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "..");
const built = join(here, "dist", "index.html");

/** The newest modification below a file or folder, in epoch milliseconds; 0 when it is not there. */
function newest(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    return 0;
  }
  if (!stats.isDirectory()) {
    return stats.mtimeMs;
  }
  // The folder's own time tells of files that were removed.
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const sources = [
  join(here, "src"),
  join(here, "public"),
  join(here, "index.html"),
  join(here, "vite.config.ts"),
  join(root, "server", "contracts"),
  join(root, "package-lock.json"),
];
const builtAt = statSync(built, { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (process.argv.includes("--force") || builtAt === 0 || Math.max(...sources.map(newest)) > builtAt) {
  const started = performance.now();
  process.stderr.write("Building the web app …\n");
  const { build } = await import("vite");
  try {
    await build({ root: here, configFile: join(here, "vite.config.ts"), logLevel: "warn" });
  } catch (error) {
    process.stderr.write(`The web app could not be built: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
  process.stderr.write(`Built in ${((performance.now() - started) / 1000).toFixed(1)} s.\n`);
}
