#!/usr/bin/env node
// The launcher of `npx stemma`: plain JavaScript, because it may be started by a Node too old to strip types.
// See docs/decisions/0001.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const cli = join(dirname(fileURLToPath(import.meta.url)), "cli.ts");
const major = Number(process.versions.node.split(".")[0]);
if (major >= 24) {
  await import(cli);
} else {
  // The npm package `node` carries a current runtime; see docs/dependencies.md.
  const runtime = join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node");
  const child = spawn(runtime, [cli, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => {
    process.stderr.write(`stemma: Node 24 or newer is needed and the bundled one did not start: ${error.message}\n`);
    process.exit(2);
  });
  child.on("exit", (code) => process.exit(code ?? 1));
}
