import { describe, expect, it } from "vitest";
import { readConfig, type Setting } from "../config.ts";

const issuer = "https://sso.example/realms/soc";

function read(settings: Partial<Record<Setting, string>>) {
  const config = readConfig({
    STEMMA_OIDC_ISSUER: issuer,
    STEMMA_OIDC_CLIENT_ID: "stemma",
    STEMMA_OIDC_ROLES: "soc=analyst",
    ...settings,
  });
  return config.ok ? config.value : config.error.map(({ at }) => at?.field);
}

describe("the settings of the identity provider", () => {
  it("have a name, scopes and the claim of groups by default", () => {
    expect(read({})).toMatchObject({
      oidc: {
        issuer,
        clientId: "stemma",
        clientSecret: undefined,
        name: "Single sign-on",
        scopes: "openid profile email",
        groupsClaim: "groups",
        defaultRole: undefined,
      },
    });
    expect(readConfig({})).toMatchObject({ ok: true, value: { oidc: undefined } });
  });

  it("map groups to roles, also groups whose names hold commas and equals signs", () => {
    const text = "soc=analyst, cn=leads,ou=groups,dc=example=administrator,a b = viewer";
    expect(read({ STEMMA_OIDC_ROLES: text })).toMatchObject({
      oidc: {
        roles: new Map([
          ["soc", "analyst"],
          ["cn=leads,ou=groups,dc=example", "administrator"],
          ["a b", "viewer"],
        ]),
      },
    });
    for (const wrong of ["soc", "soc=", "=analyst", "soc=boss", "soc=analysts"]) {
      expect([wrong, read({ STEMMA_OIDC_ROLES: wrong })]).toEqual([wrong, ["STEMMA_OIDC_ROLES"]]);
    }
  });

  it("need https, except on this machine", () => {
    for (const fine of ["http://localhost:9000", "http://127.0.0.1:9000/dex", "http://[::1]:9000"]) {
      expect(read({ STEMMA_OIDC_ISSUER: fine })).toMatchObject({ oidc: { issuer: fine } });
    }
    for (const wrong of [
      "http://sso.example",
      "http://localhost.example",
      "ftp://localhost",
      "sso.example",
      `${issuer}?a=1`,
    ]) {
      expect([wrong, read({ STEMMA_OIDC_ISSUER: wrong })]).toEqual([wrong, ["STEMMA_OIDC_ISSUER"]]);
    }
  });

  it("need each other: issuer and client, and roles or a default role", () => {
    expect(read({ STEMMA_OIDC_ISSUER: "" })).toEqual(["STEMMA_OIDC_ISSUER"]);
    expect(read({ STEMMA_OIDC_CLIENT_ID: "" })).toEqual(["STEMMA_OIDC_CLIENT_ID"]);
    expect(read({ STEMMA_OIDC_ROLES: "" })).toEqual(["STEMMA_OIDC_ROLES"]);
    expect(read({ STEMMA_OIDC_ROLES: "", STEMMA_OIDC_DEFAULT_ROLE: "viewer" })).toMatchObject({
      oidc: { roles: new Map(), defaultRole: "viewer" },
    });
  });

  it("always ask for an ID token, and show no secret", () => {
    expect(read({ STEMMA_OIDC_SCOPES: "profile groups" })).toMatchObject({ oidc: { scopes: "openid profile groups" } });
    const config = read({ STEMMA_OIDC_CLIENT_SECRET: "quiet" });
    expect(config).toMatchObject({ oidc: { clientSecret: "quiet" } });
    expect(JSON.stringify("given" in config ? config.given : [])).not.toContain("quiet");
  });
});
