import { spawn, spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { dirname } from "node:path";

/**
 * `npm run check:fast`: types, lint, the import rules, and the unit tests in the folders that differ from the main
 * branch. `npm run check:fast -- REVISION` compares with another revision. It takes well under a minute; `npm run
 * check` runs everything.
 */
const base = process.argv[2] ?? mainBranch();
const changed = changedFiles(base);
const tests = testsBeside(changed);

console.log(`${changed.length} files differ from ${base}; ${tests.length} test files beside them`);
const checks = [
  run("types", ["tsc", "-p", "."]),
  run("types of the web", ["tsc", "-p", "web"]),
  run("lint", ["biome", "check", "."]),
  run("tests", ["vitest", "run", "test/architecture.test.ts", ...tests]),
];
const failed = (await Promise.all(checks)).filter((name) => name !== undefined);
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}

/** Where this branch left the main one; on the main branch itself the last commit, so that its changes count too. */
function mainBranch(): string {
  for (const name of ["origin/main", "main"]) {
    const fork = git("merge-base", "HEAD", name)[0];
    if (fork !== undefined && fork !== git("rev-parse", "HEAD")[0]) {
      return fork.slice(0, 12);
    }
  }
  return git("rev-parse", "--verify", "--quiet", "HEAD~1")[0]?.slice(0, 12) ?? "HEAD";
}

function changedFiles(revision: string): readonly string[] {
  const files = [...git("diff", "--name-only", revision), ...git("ls-files", "--others", "--exclude-standard")];
  return [...new Set(files)].filter((file) => existsSync(file));
}

/**
 * Unit tests in the same folders. Tests under `test/` start servers and browsers: only those that changed themselves.
 */
function testsBeside(files: readonly string[]): readonly string[] {
  const folders = new Set(files.map((file) => dirname(file)).filter((folder) => /^(server|web\/src)\//.test(folder)));
  const beside = [...folders].flatMap((folder) => globSync(`${folder}/*.test.{ts,tsx}`));
  return [...new Set([...beside, ...files.filter((file) => /^test\/[^/]+\.test\.ts$/.test(file))])].sort();
}

function git(...words: readonly string[]): readonly string[] {
  return spawnSync("git", words, { encoding: "utf8" })
    .stdout.split("\n")
    .filter((line) => line !== "");
}

/** Runs a tool of this project and prints what it said when it fails. Resolves with the name of a check that failed. */
function run(name: string, words: readonly string[]): Promise<string | undefined> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn("npx", [...words], { stdio: ["ignore", "pipe", "pipe"] });
    const output: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => output.push(chunk));
    }
    child.on("close", (code) => {
      console.log(
        `${code === 0 ? "ok    " : "failed"} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`,
      );
      if (code !== 0) {
        process.stdout.write(Buffer.concat(output));
      }
      resolve(code === 0 ? undefined : name);
    });
  });
}
