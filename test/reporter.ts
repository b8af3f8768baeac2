import { relative } from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";

/**
 * Ends a run with one line per failed test and the totals, so that a failure can be read from the last lines of a log.
 * `vitest.config.ts` adds it after the default reporter.
 */
export default class FailuresLast implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { readonly message?: string }[]): void {
    process.stdout.write(`\n${[...summaryOf(modules, unhandled)].join("\n")}\n`);
  }
}

function* summaryOf(
  modules: readonly TestModule[],
  unhandled: readonly { readonly message?: string }[],
): Generator<string> {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const failed = tests.filter((test) => test.result().state === "failed");
  for (const test of failed) {
    yield `Failed: ${nameOf(test)}`;
  }
  // A file that cannot be imported and a suite whose hook fails have no failed test, only errors.
  for (const module of modules) {
    const suites = [...module.children.allSuites()];
    for (const { message } of [module, ...suites].flatMap((one) => one.errors())) {
      yield `Failed: ${fileOf(module)}: ${firstLine(message)}`;
    }
  }
  for (const { message } of unhandled) {
    yield `Unhandled error: ${firstLine(message)}`;
  }
  const count = (state: "passed" | "skipped") => tests.filter((test) => test.result().state === state).length;
  yield `${count("passed")} passed, ${failed.length} failed, ${count("skipped")} skipped`;
}

function nameOf(test: TestCase): string {
  return `${fileOf(test.module)} > ${test.fullName}`;
}

function fileOf(module: TestModule): string {
  return relative(module.project.config.root, module.moduleId);
}

function firstLine(message = "no message"): string {
  return message.split("\n", 1)[0] ?? "";
}
