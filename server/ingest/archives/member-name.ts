import { fail, ok, type Result } from "../../lib/result.ts";

/**
 * The name of an archive member with forward slashes, or why it is refused. Nothing is unpacked to disk, but a name
 * that points outside the archive was crafted to deceive, or the archive is damaged.
 */
export function memberName(raw: string): Result<string, string> {
  const name = raw.replaceAll("\\", "/");
  if (name.startsWith("/")) {
    return fail("its name is an absolute path");
  }
  if (/^[A-Za-z]:/.test(name)) {
    return fail("its name begins with a drive letter");
  }
  if (name.split("/").includes("..")) {
    return fail('its name points outside the archive ("..")');
  }
  if (name.includes("\0")) {
    return fail("its name contains a zero byte");
  }
  return ok(name);
}

export const appleDouble = "macOS metadata (AppleDouble)";

/** Resource forks that macOS adds to archives; they describe other members and hold no events. */
export function isAppleDouble(name: string): boolean {
  const base = name.slice(name.lastIndexOf("/") + 1);
  return base.startsWith("._") || name.startsWith("__MACOSX/") || name.includes("/__MACOSX/");
}
