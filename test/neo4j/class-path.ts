import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const pom = join(import.meta.dirname, "pom.xml");
const cache = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "stemma");

/** Why Neo4j cannot run on this machine; undefined if it can. */
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
 * The class path of the server in `pom.xml`. Maven takes seconds to resolve it, so it is cached while its files exist.
 */
export async function neo4jClassPath(): Promise<string> {
  const cached = join(cache, "neo4j-class-path.json");
  const currentPom = readFileSync(pom, "utf8");
  if (existsSync(cached)) {
    const { pom: cachedPom, classPath } = JSON.parse(readFileSync(cached, "utf8"));
    if (cachedPom === currentPom && String(classPath).split(delimiter).every(existsSync)) {
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
  writeFileSync(cached, JSON.stringify({ pom: currentPom, classPath }));
  return classPath;
}
