import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sqliteInTemporaryFolder, type TestStore } from "../../../test/contracts/stores.ts";
import { rule } from "../../../test/factories/alerts.ts";
import { guid, sysmonActivity, sysmonStart, T0 } from "../../../test/factories/events.ts";
import { ingestEvents } from "../../../test/factories/ingest.ts";
import { and, equals } from "../../condition/tree.ts";
import { createDetector } from "../../detection/detector.ts";
import type { StemmaEvent } from "../../event/event.ts";
import { alertContext } from "../alert-fields.ts";
import { withFacts } from "./facts.ts";

const tool = "C:\\Users\\Public\\tool.exe";
const shell = "C:\\Windows\\System32\\cmd.exe";
const DAY = 86_400_000;

const start = sysmonStart({
  time: T0,
  guid: guid(T0, 1),
  pid: 100,
  image: tool,
  hashes: "SHA1=AA",
  parentGuid: guid(T0 - 1000, 2),
  parentPid: 50,
  parentImage: shell,
});

/** A load of a module, as Sysmon 7 records it. */
const load = (given: {
  readonly image?: string;
  readonly module?: string;
  readonly signed: boolean;
  readonly signer?: string;
  readonly sha1?: string;
  readonly time?: number;
  readonly guid?: string;
  readonly host?: string;
}): StemmaEvent => {
  const { image = tool, time = T0 + 10, signed, signer, sha1 } = given;
  const event = sysmonActivity(7, {
    time,
    guid: given.guid ?? guid(T0, 1),
    pid: 100,
    image,
    file: given.module ?? image,
    ...(given.host === undefined ? {} : { host: given.host }),
  });
  return {
    ...event,
    fields: {
      ...event.fields,
      "dll.path": given.module ?? image,
      "dll.code_signature.exists": signed,
      "dll.code_signature.trusted": signed,
      "dll.code_signature.status": signed ? "Valid" : "Unavailable",
      ...(signer === undefined ? {} : { "dll.code_signature.subject_name": signer }),
      ...(sha1 === undefined ? {} : { "dll.hash.sha1": sha1 }),
    },
  };
};

const starts = and(equals("event.code", "1"), equals("process.name", "tool.exe"));

describe("the signer of a program", () => {
  let test: TestStore;
  beforeEach(async () => {
    test = await sqliteInTemporaryFolder();
  });
  afterEach(() => test.dispose());

  const signer = async (events: readonly StemmaEvent[], condition = starts) => {
    const detector = createDetector([rule({ id: "r", condition })]);
    await ingestEvents(test.store, detector, events);
    const { items } = await test.store.alerts.find({ order: "oldest-first", limit: 1 });
    const [alert] = items;
    if (alert === undefined) {
      throw new Error("no alert");
    }
    const { fields } = await withFacts(test.store, await alertContext(test.store, alert), ["stemma.signer.status"]);
    return Object.fromEntries(Object.entries(fields).filter(([name]) => name.startsWith("stemma.signer.")));
  };

  it("is not known without a record of it, which is not unsigned", async () => {
    expect(await signer([start])).toEqual({});
  });

  it("is in the load of its own file, and that of the parent likewise", async () => {
    const parent = load({
      image: shell,
      signed: true,
      signer: "Microsoft Windows",
      guid: guid(T0 - 1000, 2),
      time: T0 - 900,
    });
    expect(await signer([start, load({ signed: false, sha1: "aa" }), parent])).toEqual({
      "stemma.signer.status": "unsigned",
      "stemma.signer.parent.status": "valid",
      "stemma.signer.parent.name": "Microsoft Windows",
    });
  });

  it("is not that of a module which it loaded", async () => {
    expect(await signer([start, load({ module: "C:\\a.dll", signed: true, signer: "Microsoft Windows" })])).toEqual({});
  });

  it("is that of an earlier run of the same file, not of another host or of another file in its place", async () => {
    const earlier = { guid: guid(T0 - DAY, 3), time: T0 - DAY, signed: true, signer: "Tool Makers" };
    expect(await signer([start, load({ ...earlier, sha1: "bb" })])).toEqual({});
    await test.dispose();
    test = await sqliteInTemporaryFolder();
    expect(await signer([start, load({ ...earlier, sha1: "aa", host: "elsewhere" })])).toEqual({});
    await test.dispose();
    test = await sqliteInTemporaryFolder();
    expect(await signer([start, load({ ...earlier, sha1: "aa" })])).toEqual({
      "stemma.signer.status": "valid",
      "stemma.signer.name": "Tool Makers",
    });
  });

  it("is unknown if records about the path disagree and no hash tells which file it was", async () => {
    const loaded = (days: number, signed: boolean) =>
      load({
        guid: guid(T0 - days * DAY, days),
        time: T0 - days * DAY,
        signed,
        sha1: signed ? "bb" : "cc",
        signer: "X",
      });
    const unhashed = sysmonStart({ time: T0, guid: guid(T0, 1), pid: 100, image: tool });
    expect(await signer([unhashed, loaded(1, true), loaded(2, false)])).toEqual({ "stemma.signer.status": "unknown" });
  });

  it("is that of the alert's own record where it has one, and a record cannot bring the fact along", async () => {
    const own = {
      ...start,
      fields: {
        ...start.fields,
        "process.code_signature.exists": true,
        "process.code_signature.trusted": false,
        "process.code_signature.subject_name": "Microsoft Windows",
        "stemma.signer.name": "Microsoft Windows",
        "stemma.signer.module.status": "valid",
      },
    };
    expect(await signer([own])).toEqual({ "stemma.signer.status": "invalid" });
  });

  it("of what was loaded is in the alert about the load", async () => {
    const module = load({ module: "C:\\a.dll", signed: false, sha1: "dd" });
    expect(await signer([module], equals("dll.path", "C:\\a.dll"))).toEqual({
      "stemma.signer.module.status": "unsigned",
    });
  });
});
