import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const pom = join(import.meta.dirname, "pom.xml");
const cache = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "stemma");

/** Why there can be no server on this machine; undefined where there can. */
export function missingForNeo4j(): string | undefined {
  const missing = ["java", "mvn"].filter((program) => !isOnPath(program));
  return missing.length === 0 ? undefined : `no ${missing.join(" and no ")} on this machine`;
}

function isOnPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * The class path of the server in `pom.xml`. Asking Maven takes seconds, so its answer is kept as long as the files are
 * there.
 */
export async function neo4jClassPath(): Promise<string> {
  const kept = join(cache, "neo4j-class-path.json");
  const wanted = readFileSync(pom, "utf8");
  if (existsSync(kept)) {
    const { pom: of, classPath } = JSON.parse(readFileSync(kept, "utf8"));
    if (of === wanted && String(classPath).split(delimiter).every(existsSync)) {
      return String(classPath);
    }
  }
  mkdirSync(cache, { recursive: true });
  const output = join(cache, `neo4j-class-path-${process.pid}.txt`);
  await promisify(execFile)("mvn", [
    "-q",
    "-B",
    "-f",
    pom,
    "dependency:build-classpath",
    `-Dmdep.outputFile=${output}`,
  ]);
  const classPath = readFileSync(output, "utf8").trim();
  writeFileSync(kept, JSON.stringify({ pom: wanted, classPath }));
  return classPath;
}
