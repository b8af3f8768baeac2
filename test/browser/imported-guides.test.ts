import { createReadStream, existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import type { Page } from "playwright-core";
import { extract } from "tar-stream";
import { beforeAll, describe, expect, it } from "vitest";
import type { AlertRecord } from "../../server/alert/record.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import { violations } from "./axe.ts";
import { inBrowser, settled } from "./harness.ts";
import { eachQuery, giveReason, incident, openStep, verdictBar } from "./workbench-pages.ts";

/** Guides of public rules, as their repository has them, walked on alerts that their rules raise on public captures. */
const shared = resolve(import.meta.dirname, "../../../shared");
const seed = join(shared, "seeds/001_85477ccbb50cdf42.txt");
const seedRule = "Suspicious Cmd Execution via WMI";
const archive = join(shared, "corpora/elastic.tar.gz");
const captures = join(shared, "telemetry/evtx-bulk/evtx-attack-samples.tar.gz");

/** Rule ids by what is particular about the layout of their guides. */
const guides: readonly (readonly [layout: string, rule: string])[] = [
  ["questions with searches, about an account", "bdcf646b-08d4-492c-870a-6c04e3700034"],
  ["questions with searches and an alternative by pid", "9960432d-9b26-409f-972b-839a959e79e2"],
  ["questions about a script", "577ec21e-56fe-4065-91d8-45eb8224fe77"],
  ["questions about the registry", "a9b05c3b-b304-4bf9-970d-acdfaef2944c"],
  ["questions with few searches", "76fd43b7-3480-4dd9-8ad7-8bd36bfad92f"],
  ["bullets without searches", "daafdf96-e7b1-4f14-b494-27e0d24b11f6"],
  ["bullets with osquery", "35df0dd8-092d-4a83-88c1-5151a804f31b"],
  ["few bullets", "bfeaf89b-a2a7-48a3-817f-e41829dc61ee"],
  ["bullets with more texts than others", "818e23e6-2094-4f0e-8c01-22d30f3506c6"],
  ["a deprecated rule with osquery", "09443c92-46b3-45a4-8f25-383b028b258d"],
];

/** Those that are answered, too: with anchors and without. */
const answered = ["9960432d-9b26-409f-972b-839a959e79e2", "35df0dd8-092d-4a83-88c1-5151a804f31b"];

if (existsSync(archive)) {
  inBrowser(
    "the guides of public rules",
    (visit) => {
      const alerts = new Map<string, AlertRecord>();

      beforeAll(async () => {
        const { store, rules } = visit.product.workbench;
        const { detector } = rules.current;
        await ingest({ store, detector, paths: [captures], actor: { name: "tester" }, clock: Date.now });
        for (const [, rule] of guides) {
          const [alert] = (await store.alerts.find({ ruleIds: [rule], limit: 1 })).items;
          if (alert !== undefined) {
            alerts.set(rule, alert);
          }
        }
      }, 300_000);

      const open = async (rule: string): Promise<Page> => {
        const alert = alerts.get(rule);
        const page = await visit.open(`/alerts/${encodeURIComponent(alert?.id ?? "none")}`);
        await page.getByRole("tab", { name: /^Steps \d+\/[1-9]/ }).waitFor();
        return page;
      };
      const stepsOf = (page: Page) => page.locator("[data-steps] button");

      it.each(guides)("with %s are walked step by step, with every search run in place", async (_, rule) => {
        const page = await open(rule);
        await page.getByRole("button", { name: /^Playbook: / }).click();
        await page.getByText("Guide of a rule, the guide of this rule").waitFor();
        await page.keyboard.press("Escape");
        const steps = await stepsOf(page).count();
        expect(steps).toBeGreaterThan(2);
        let runs = 0;
        for (let at = 0; at < steps; at += 1) {
          const step = stepsOf(page).nth(at);
          await openStep(step);
          await eachQuery(page, async (query) => {
            await query.locator("[data-outcome]").waitFor();
            runs += 1;
          });
          const osquery = page.getByRole("button", { name: /^osquery / });
          if ((await osquery.count()) > 0 && (await osquery.getAttribute("aria-expanded")) !== "true") {
            await osquery.click();
          }
          for (const query of await page.getByRole("region", { name: /^osquery: / }).all()) {
            await query.getByRole("button", { name: "Copy the query" }).waitFor();
            runs += 1;
          }
        }
        const playbook = visit.product.workbench.playbooks.get(`guide-${rule}`);
        const asked = playbook?.steps.flatMap((step) => [...step.queryIds, ...step.osquery]) ?? [];
        expect(runs).toBe(asked.length);
      });

      it.each(guides.filter(([, rule]) => answered.includes(rule)))(
        "with %s lead to a verdict, and can be used by everybody",
        async (_, rule) => {
          const page = await open(rule);
          expect(await violations(page)).toEqual([]);
          const steps = await stepsOf(page).count();
          for (let at = 0; at < steps; at += 1) {
            const step = stepsOf(page).nth(at);
            await openStep(step);
            await page.keyboard.press("1");
            await giveReason(page, page.getByRole("tab", { name: `Steps ${at + 1}/${steps}` }));
          }
          await verdictBar(page).getByText("malicious").first().waitFor();
          await page.getByRole("tab", { name: "Closing" }).click();
          await page.getByRole("heading", { name: "Before you close" }).waitFor();
          await page.getByRole("tab", { name: "Response" }).click();
          await settled(page);
          expect(await violations(page)).toEqual([]);
        },
      );
    },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "stemma-guides-"));
      const entries = createReadStream(archive).pipe(createGunzip()).pipe(extract());
      for await (const entry of entries) {
        const file = resolve(folder, entry.header.name);
        const content = await text(entry);
        if (file.startsWith(folder) && guides.some(([, rule]) => content.includes(`rule_id = "${rule}"`))) {
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, content);
        }
      }
      return { STEMMA_SAMPLE: "off", STEMMA_SHIPPED: "off", STEMMA_RULES: folder };
    },
  );

  inBrowser(
    "a guide as it is published on a page",
    (visit) => {
      it("takes the place of the shipped playbook for the rule of its name, and is walked with its searches", async () => {
        const page = await visit.open("/queue?host=srv-02.nordwind.example");
        await incident(page, "srv-02", "adm-lena").getByRole("link", { name: seedRule }).first().click();
        await page.getByRole("button", { name: `Playbook: ${seedRule}` }).click();
        await page.getByText("Published guide, written for this rule").waitFor();
        await page.keyboard.press("Escape");
        const steps = page.locator("[data-steps] button");
        expect(await steps.count()).toBe(6);
        const runs: string[] = [];
        for (const step of await steps.all()) {
          await openStep(step);
          await eachQuery(page, async (query) => {
            runs.push((await query.locator("[data-outcome]").textContent()) ?? "");
          });
        }
        expect(runs).toHaveLength(3);
        expect(runs[0]).toMatch(/^\d+ hits?$/);
        expect(await violations(page)).toEqual([]);
      });
    },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "stemma-page-"));
      await copyFile(seed, join(folder, "published.txt"));
      return { STEMMA_PLAYBOOKS: folder };
    },
  );
} else {
  describe.skip("the guides of public rules (skipped: no ../shared)", () => it("need the rules and captures"));
}
