import { describe, expect, it } from "vitest";
import { canonicalAddress } from "./address.ts";
import { flattenDocument } from "./flatten.ts";
import { baseName, directoryOf, extensionOf } from "./path.ts";
import { isoTime, parseTime } from "./time.ts";
import { emptyFields, entityId, hostName, logonId, parseNumber, put } from "./values.ts";

describe("values of log records", () => {
  it("normalises every spelling of a logon id", () => {
    for (const text of ["0x551686", "0x0000000000551686", "0X551686", "5576326"]) {
      expect(logonId(text)).toBe("0x551686");
    }
    expect(logonId("0x0")).toBe("0x0");
    expect(logonId("0x0000000000000000")).toBe("0x0");
    expect(logonId("-")).toBeUndefined();
  });

  it("treats an all-zero process GUID as unknown and normalises others", () => {
    expect(entityId("{00000000-0000-0000-0000-000000000000}")).toBeUndefined();
    expect(entityId("{ef3dcf22-42bc-5f5f-4800-000000000300}")).toBe("{EF3DCF22-42BC-5F5F-4800-000000000300}");
  });

  it("reads the name of a computer in any case, with the dot of the DNS root or without", () => {
    for (const text of ["wks-9", "WKS-9.", " Wks-9. "]) {
      expect(hostName(text)).toBe("wks-9");
    }
    expect(hostName("WKS-9.nord.example.")).toBe("wks-9.nord.example");
    expect(hostName(".")).toBe(".");
  });

  it("parses pids in hex and decimal", () => {
    expect(parseNumber("0x24d4")).toBe(9428);
    expect(parseNumber("9428")).toBe(9428);
    for (const text of ["x", "0x", "-4", "1e3", "0b11", "100.0", "99999999999999999999"]) {
      expect(parseNumber(text)).toBeUndefined();
    }
    expect(parseNumber("")).toBeUndefined();
  });

  it("drops empty values, and keeps a field called __proto__ as data", () => {
    const fields = emptyFields();
    put(fields, "a", "-");
    put(fields, "b", "");
    put(fields, "__proto__", "text");
    expect(Object.keys(fields)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(fields)).toBeNull();
  });

  it("normalises addresses", () => {
    expect(canonicalAddress("0:0:0:0:0:0:0:1")).toBe("::1");
    expect(canonicalAddress("::ffff:10.0.2.17")).toBe("10.0.2.17");
    expect(canonicalAddress("fe80:0:0:0:5d54:ed5a:760f:c4ff")).toBe("fe80::5d54:ed5a:760f:c4ff");
    expect(canonicalAddress("FE80::1%12")).toBe("fe80::1");
    expect(canonicalAddress("10.0.0.1")).toBe("10.0.0.1");
    expect(canonicalAddress("LOCAL")).toBeUndefined();
  });

  it("parses times of every source to the millisecond", () => {
    const expected = Date.UTC(2022, 4, 13, 8, 54, 8, 420);
    for (const text of [
      "2022-05-13 08:54:08.420",
      "2022-05-13T08:54:08.4200000Z",
      "2022-05-13T08:54:08.420999999Z",
      "2022-05-13T10:54:08.42+02:00",
    ]) {
      expect(parseTime(text)).toBe(expected);
    }
    expect(parseTime("2022-05-13 08:54:08")).toBe(Date.UTC(2022, 4, 13, 8, 54, 8));
    expect(parseTime("13.05.2022 08:54:08")).toBeUndefined();
    expect(parseTime("2022-05-13T08:54:08 tomorrow")).toBeUndefined();
    expect(isoTime(expected)).toBe("2022-05-13T08:54:08.420Z");
    expect(isoTime(7)).toBe("1970-01-01T00:00:00.007Z");
  });

  it("splits Windows paths without a file system", () => {
    expect(baseName("C:\\Windows\\System32\\cmd.exe")).toBe("cmd.exe");
    expect(baseName("System")).toBe("System");
    expect(directoryOf("C:\\x.exe")).toBe("C:");
    expect(extensionOf("archive.tar.GZ")).toBe("gz");
    expect(extensionOf("README")).toBeUndefined();
  });

  it("flattens nested and dotted documents to the same fields and drops null", () => {
    const nested = flattenDocument({ process: { pid: 4, args: ["a", "b"], parent: null } });
    expect({ ...nested }).toEqual({ "process.pid": 4, "process.args": ["a", "b"] });
    expect({ ...flattenDocument({ "process.pid": 4, "process.args": ["a", "b"] }) }).toEqual({ ...nested });
    expect({ ...flattenDocument({ dns: { answers: [{ data: "x" }, { data: "y" }] } }) }).toEqual({
      "dns.answers.data": ["x", "y"],
    });
  });

  it("accepts a deeply nested document", () => {
    const deep = JSON.parse(`${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`);
    expect(Object.keys(flattenDocument(deep))).toHaveLength(1);
  });
});
