import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RuleDraft } from "#contracts/rule-draft";
import { openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import type { Rule } from "../detection/rule.ts";
import type { Store } from "../store/port.ts";
import { ruleOfDraft } from "./draft.ts";
import { RuleBook } from "./rule-book.ts";
import { saveRule } from "./save.ts";

const draft = {
  language: "eql",
  text: 'process where process.name == "a.exe"',
  id: "saved",
  name: "Saved",
  description: "",
  severity: "low",
  riskScore: 21,
} as const;

const lena = { name: "lena" };

/** As a request comes, with the rule that was read from its draft. */
function withRule<T extends { readonly draft: RuleDraft }>(request: T): T & { readonly rule: Rule } {
  const rule = ruleOfDraft(request.draft, new Map());
  if (!rule.ok) {
    throw new Error(rule.error.message);
  }
  return { ...request, rule: rule.value };
}

describe("saving a rule", () => {
  let world: WorkbenchStore;
  let folder: string;
  let rules: RuleBook;
  const file = (name = "saved.toml") => join(folder, name);
  const save = (more: object = {}, store: Store = world.store) =>
    saveRule(
      { store, rules, now: () => 0 },
      withRule({ draft, folder, name: "saved.toml", replace: false, note: "seen", ...more }),
      { actor: lena },
    );
  const codeOf = async (more: object) => {
    const saved = await save({ replace: true, ...more });
    return saved.ok ? "saved" : saved.error.code;
  };
  const trail = async () =>
    (await world.store.audit.page({ kind: "rule", limit: 10 })).items.map(({ action, before, after }) => ({
      action,
      before,
      after,
    }));
  beforeEach(async () => {
    world = await openWorkbenchStore();
    folder = mkdtempSync(join(tmpdir(), "stemma-save-"));
    rules = await RuleBook.open({ store: world.store, configured: [folder], roots: [], now: () => 0 });
  });
  afterEach(async () => {
    await world.close();
    rmSync(folder, { recursive: true });
  });

  it("records what stands in the file now, what stood there before, and why", async () => {
    expect(await save()).toEqual({ ok: true, value: { file: file(), ruleId: "saved" } });
    const first = readFileSync(file(), "utf8");
    await chmod(file(), 0o640);
    const next = { ...draft, text: "process where true" };
    expect((await save({ draft: next, replace: true, note: "broader" })).ok).toBe(true);
    const second = readFileSync(file(), "utf8");
    expect(second).toContain(next.text);
    expect(await trail()).toEqual([
      {
        action: "rule.save",
        before: { file: file(), text: first },
        after: { file: file(), text: second, note: "broader" },
      },
      { action: "rule.save", after: { file: file(), text: first, note: "seen" } },
    ]);
    expect(readdirSync(folder)).toEqual(["saved.toml"]);
    expect((await save()).ok).toBe(false);
  });

  it("replaces only a file that holds one rule", async () => {
    writeFileSync(file("notes.toml"), 'title = "not a rule"\n');
    writeFileSync(file("broken.toml"), "[rule\n");
    writeFileSync(join(folder, "..", "outside.toml"), "x");
    symlinkSync(join(folder, "..", "outside.toml"), file("link.toml"));
    mkdirSync(file("folder.toml"));
    for (const name of ["notes.toml", "broken.toml", "link.toml", "folder.toml"]) {
      expect([name, await codeOf({ name })]).toEqual([name, "rule-file.not-a-rule"]);
    }
    expect(readFileSync(file("notes.toml"), "utf8")).toBe('title = "not a rule"\n');
    expect(readFileSync(file("link.toml"), "utf8")).toBe("x");
    expect(await trail()).toEqual([]);
    rmSync(join(folder, "..", "outside.toml"));
  });

  it("leaves the file as it was when the store fails", async () => {
    const failing: Store = {
      ...world.store,
      write: (work) =>
        world.store.write(async (transaction) => {
          await work(transaction);
          throw new Error("the commit failed");
        }),
    };
    await expect(save({}, failing)).rejects.toThrow("the commit failed");
    expect(readdirSync(folder)).toEqual([]);
    await save();
    const before = readFileSync(file(), "utf8");
    const more = { replace: true, draft: { ...draft, text: "process where true" } };
    await expect(save(more, failing)).rejects.toThrow("the commit failed");
    expect(readFileSync(file(), "utf8")).toBe(before);
    expect(readdirSync(folder)).toEqual(["saved.toml"]);
    expect(await trail()).toHaveLength(1);
  });

  it("records nothing when the file cannot be written", async () => {
    rmSync(folder, { recursive: true });
    const saved = await save();
    expect(saved).toMatchObject({ ok: false, error: { code: "rule-file.unwritable" } });
    mkdirSync(folder);
    expect(await trail()).toEqual([]);
  });
});

describe("rule folders", () => {
  let world: WorkbenchStore;
  let base: string;
  const at = (name: string) => join(base, name);
  const open = (roots: readonly string[]) =>
    RuleBook.open({ store: world.store, configured: [at("configured")], roots, now: () => 0 });
  beforeEach(async () => {
    world = await openWorkbenchStore();
    base = mkdtempSync(join(tmpdir(), "stemma-roots-"));
    for (const name of ["configured", "root", "root/team", "outside", "rooted"]) {
      mkdirSync(at(name));
    }
    symlinkSync(at("outside"), at("root/way-out"));
    symlinkSync(at("root"), at("link-to-root"));
    writeFileSync(at("outside/secret.toml"), "secret");
  });
  afterEach(async () => {
    await world.close();
    rmSync(base, { recursive: true });
  });

  it("can be added below a root only, whatever links and dots their path has", async () => {
    const book = await open([at("root")]);
    const codeOf = async (path: string) => {
      const added = await book.addFolder(path, { actor: lena, note: "ours" });
      return added.ok ? added.value.folders.at(-1)?.path : added.error.code;
    };
    for (const path of ["outside", "root/../outside", "root/way-out", "rooted", "missing", "."]) {
      expect([path, await codeOf(`${base}/${path}`)]).toEqual([path, "rule-folder.outside-roots"]);
    }
    expect(await codeOf(at("root/missing"))).toBe("rule-folder.invalid");
    expect(await codeOf(at("link-to-root/team"))).toBe("rule-folder.outside-roots");
    expect(await codeOf(at("root/team"))).toBe(at("root/team"));
    const trail = await world.store.audit.page({ kind: "rule-folder", limit: 10 });
    expect(trail.items.map(({ action, after }) => [action, after])).toEqual([["rules.add-folder", { note: "ours" }]]);
  });

  it("are named by their real path when the root is a link", async () => {
    const book = await open([at("link-to-root")]);
    const added = await book.addFolder(at("link-to-root/team"), { actor: lena, note: "ours" });
    expect(added.ok && added.value.folders.at(-1)?.path).toBe(at("root/team"));
  });

  it("are neither read nor written any more when the roots change or a link appears", async () => {
    const book = await open([at("root")]);
    await book.addFolder(at("root/team"), { actor: lena, note: "ours" });
    expect(await book.isUsable(at("root/team"))).toBe(true);
    rmSync(at("root/team"), { recursive: true });
    symlinkSync(at("outside"), at("root/team"));
    expect(await book.isUsable(at("root/team"))).toBe(false);
    await book.reload(lena);
    const reason = expect.stringContaining("STEMMA_RULE_ROOTS");
    expect(book.current.files).toEqual([{ file: at("root/team"), state: "failed", reason }]);
    const elsewhere = await open([]);
    expect(elsewhere.current.files).toEqual([{ file: at("root/team"), state: "failed", reason }]);
    expect(existsSync(at("outside/secret.toml"))).toBe(true);
  });
});

describe("reloading", () => {
  it("stores what was read together with its audit record, or nothing", async () => {
    const world = await openWorkbenchStore();
    const folder = mkdtempSync(join(tmpdir(), "stemma-reload-"));
    let fails = false;
    const store: Store = {
      ...world.store,
      write: (work) =>
        world.store.write(async (transaction) => {
          const audit = {
            ...transaction.audit,
            append: async (entry: Parameters<typeof transaction.audit.append>[0]) => {
              if (fails) {
                throw new Error("no record");
              }
              return transaction.audit.append(entry);
            },
          };
          return work({ ...transaction, audit });
        }),
    };
    const rules = await RuleBook.open({ store, configured: [folder], roots: [], now: () => 0 });
    const parts = { store: world.store, rules, now: () => 0 };
    fails = true;
    const request = withRule({ draft, folder, name: "saved.toml", replace: false, note: "seen" });
    await expect(saveRule(parts, request, { actor: lena })).rejects.toThrow("no record");
    expect(await world.store.ruleVersions.of("saved")).toEqual([]);
    expect(rules.current.rules).toEqual([]);
    fails = false;
    await rules.reload(lena);
    expect(rules.current.rules.map(({ id }) => id)).toEqual(["saved"]);
    await world.close();
    rmSync(folder, { recursive: true });
  });
});
