import { describe, expect, it } from "vitest";
import { accountTie, agentUser, creatorUser, tokenUser, userKeyOf } from "./account.ts";

describe("an account", () => {
  it("is identified by domain and name in lower case, else by its SID", () => {
    expect(userKeyOf({ name: "Ann", domain: "CORP" })).toBe("corp\\ann");
    expect(userKeyOf({ name: "Ann" })).toBe("ann");
    expect(userKeyOf({ name: "", id: "S-1-5-21-1" })).toBe("s-1-5-21-1");
  });

  it("is tied to its SID, unless that is the same on every host", () => {
    expect(accountTie({ name: "Ann", domain: "CORP", id: "S-1-5-21-1" })).toEqual({
      userKey: "corp\\ann",
      sid: "s-1-5-21-1",
    });
    expect(accountTie({ name: "SYSTEM", domain: "NT AUTHORITY", id: "S-1-5-18" })).toBeUndefined();
    expect(accountTie({ name: "HOST$", domain: "CORP", id: "S-1-5-18" })).toBeUndefined();
    expect(accountTie({ name: "ann", domain: "CORP", id: "S-1-5-18" })).toBeUndefined();
    expect(accountTie({ name: "Rendszer", domain: "NT SZERVEZET", id: "S-1-5-18" })).toMatchObject({
      sid: "s-1-5-18",
    });
    expect(accountTie({ name: "", id: "S-1-5-21-1" })).toBeUndefined();
    expect(accountTie({ name: "Ann" })).toBeUndefined();
  });
});

describe("the account in a record", () => {
  it("of an agent has no SID if that is the one of the service that wrote the log", () => {
    const fields = { "user.name": "ann", "user.domain": "CORP", "user.id": "S-1-5-18" };
    expect(agentUser(fields)).toEqual({ name: "ann", domain: "CORP", id: undefined });
    expect(agentUser({ "user.id": "S-1-5-18" })).toBeUndefined();
  });

  it("is the creator (Subject) and the owner of a new token (Target) in a Security record", () => {
    const fields = {
      "winlog.event_data.SubjectUserName": "HOST$",
      "winlog.event_data.SubjectUserSid": "S-1-5-18",
      "winlog.event_data.TargetUserName": "ann",
      "winlog.event_data.TargetDomainName": "-",
      "winlog.event_data.TargetUserSid": "S-1-0-0",
    };
    expect(creatorUser(fields)).toEqual({ name: "HOST$", domain: undefined, id: "S-1-5-18" });
    expect(tokenUser(fields)).toEqual({ name: "ann", domain: undefined, id: undefined });
  });

  it("is none if the record contains dashes and the null SID", () => {
    const fields = { "winlog.event_data.TargetUserName": "-", "winlog.event_data.TargetUserSid": "S-1-0-0" };
    expect(tokenUser(fields)).toBeUndefined();
  });
});
