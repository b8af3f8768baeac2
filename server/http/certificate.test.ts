import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { selfSigned } from "../../test/factories/certificate.ts";
import { readCertificate } from "./certificate.ts";

const now = Date.UTC(2026, 5, 17);

describe("a certificate", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "stemma-tls-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const read = (cert: string | undefined, key: string | undefined) => {
    const write = (name: string, text: string | undefined) => {
      const file = join(folder, text === undefined ? "missing" : name);
      if (text !== undefined) {
        writeFileSync(file, text);
      }
      return file;
    };
    const result = readCertificate({ certificate: write("cert.pem", cert), key: write("key.pem", key) }, now);
    return result.ok ? result.value : [result.error.code, result.error.message];
  };

  it("is read with its key, its names and its end", () => {
    const to = new Date("2026-07-01T00:00:00Z");
    const { cert, key } = selfSigned({ names: ["stemma.example", "*.example"], to });
    expect(read(cert, key)).toEqual({ cert, key, expires: to.getTime(), names: ["stemma.example"] });
  });

  it("is refused with the reason", () => {
    const { cert, key } = selfSigned();
    expect(read(undefined, key)).toEqual(["tls.unreadable", expect.stringContaining("ENOENT")]);
    expect(read(cert, undefined)).toEqual(["tls.unreadable", expect.stringContaining("ENOENT")]);
    expect(read("nothing", key)).toEqual(["tls.invalid", expect.stringContaining("no certificate")]);
    expect(read(cert, "nothing")).toEqual(["tls.invalid", expect.stringContaining("no private key")]);
    expect(read(cert, selfSigned().key)).toEqual(["tls.invalid", expect.stringContaining("does not belong")]);
    expect(read(cert, "-----BEGIN ENCRYPTED PRIVATE KEY-----")).toEqual([
      "tls.invalid",
      expect.stringContaining("encrypted"),
    ]);
    const old = selfSigned({ to: new Date(now) });
    expect(read(old.cert, old.key)).toEqual(["tls.expired", expect.stringContaining("expired on")]);
    const future = selfSigned({ from: new Date(now + 1000) });
    expect(read(future.cert, future.key)).toEqual(["tls.expired", expect.stringContaining("not valid before")]);
  });
});
