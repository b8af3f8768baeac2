import { describe, expect, it } from "vitest";
import { sameContent, signatureIn } from "./signature.ts";

const signature = (values: Readonly<Record<string, string | boolean>>) =>
  signatureIn(
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`dll.code_signature.${name}`, value])),
    "dll",
  );

describe("the signature in a record", () => {
  it("is unknown to a record that has nothing about it", () => {
    expect(signatureIn({ "dll.path": "C:\\a.dll", "dll.hash.sha1": "aa" }, "dll")).toBeUndefined();
  });

  it.each([
    ["valid", { exists: true, trusted: true, status: "Valid", subject_name: "A" }, "A"],
    ["valid", { exists: true, trusted: true, status: "trusted", subject_name: "A" }, "A"],
    ["valid", { status: "Valid", subject_name: "A" }, "A"],
    ["invalid", { exists: true, trusted: false, status: "Expired", subject_name: "A" }, undefined],
    ["invalid", { exists: true, trusted: false, status: "Revoked", subject_name: "A" }, undefined],
    ["invalid", { exists: true, trusted: false, status: "errorUntrusted", subject_name: "A" }, undefined],
    // The content is as it was signed, but nobody vouches for the certificate.
    ["invalid", { exists: true, valid: true, trusted: false, subject_name: "A" }, undefined],
    ["invalid", { exists: true, trusted: true, valid: false, subject_name: "A" }, undefined],
    ["unknown", { exists: true, trusted: false, status: "Unavailable", subject_name: "A" }, undefined],
    ["unknown", { exists: true, status: "errorCode_endpoint: initital state" }, undefined],
    ["unknown", { subject_name: "Microsoft Windows" }, undefined],
    ["unknown", { exists: true, subject_name: "Microsoft Windows" }, undefined],
    ["unsigned", { exists: false }, undefined],
    ["unsigned", { exists: false, trusted: false, status: "noSignature" }, undefined],
  ] as const)("is %s: %j", (status, values, signer) => {
    expect(signature(values)).toEqual({ state: status, ...(signer === undefined ? {} : { signer }) });
  });

  it("is missing if Sysmon read the file, and unknown if it could not", () => {
    expect(signatureIn({ ...unavailable, "dll.hash.sha1": "aa" }, "dll")).toEqual({ state: "unsigned" });
    expect(signatureIn(unavailable, "dll")).toEqual({ state: "unknown" });
  });

  it("is of the same file only by a hash of the same kind", () => {
    const a = { "dll.hash.sha1": "AA" };
    expect(sameContent(a, "dll", { "process.hash.sha1": "aa" }, "process")).toBe(true);
    expect(sameContent(a, "dll", { "process.hash.sha1": "bb" }, "process")).toBe(false);
    expect(sameContent(a, "dll", { "process.hash.md5": "aa" }, "process")).toBeUndefined();
  });
});

const unavailable = {
  "dll.code_signature.exists": false,
  "dll.code_signature.trusted": false,
  "dll.code_signature.status": "Unavailable",
};
