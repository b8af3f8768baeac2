#!/usr/bin/env node
// The launcher of `npx stemma`: plain JavaScript, because it may be started by a Node too old to strip types.
// See docs/decisions/0001.
import { spawn } from "node:child_process";
import module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));
const cli = join(folder, "cli.ts");
// Compiled files are kept beside the packages: whoever may change them may change those, too. Worker threads and a
// runtime of its own find the folder by the variable. Where it cannot be written, every start compiles.
process.env.NODE_COMPILE_CACHE ??= join(folder, "..", "node_modules", ".cache", "stemma");
const major = Number(process.versions.node.split(".")[0]);
if (major >= 24) {
  module.enableCompileCache();
  await import(cli);
} else {
  // The npm package `node` carries a current runtime; see docs/dependencies.md.
  const runtime = join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node");
  const child = spawn(runtime, [cli, ...process.argv.slice(2)], { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  // Told, not sent: whoever signals both of them means one interruption, and a second signal may come too late for a
  // process that has stopped already. See `whenStopped` of `cli.ts`.
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => child.send(signal, () => undefined));
  }
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  child.on("error", (error) => {
    process.stderr.write(`stemma: Node 24 or newer is needed and the bundled one did not start: ${error.message}\n`);
    process.exit(2);
  });
  child.on("exit", (code) => process.exit(code ?? 1));
}
