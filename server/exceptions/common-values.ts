import type { FieldEntry } from "#contracts/exception-entry";
import { builtInRole, isBuiltInSid } from "../lineage/built-in-accounts.ts";
import { isInterpreter } from "./drafting/telling.ts";
import { isCommandField } from "./field-scope.ts";

/** Accounts that every host has, by name or SID, in any language. */
export function isBuiltInAccount(text: string): boolean {
  return isBuiltInSid(text) || builtInRole(text.toLowerCase()) !== undefined || /^(?:dwm|umfd)-\d+$/i.test(text);
}

/** A Windows program by its path, or any program by its bare name, without any arguments but switches. */
export function isBareProgram(entry: FieldEntry, text: string): boolean {
  if (/(^|\.)executable$/.test(entry.field)) {
    return windowsProgram.test(text);
  }
  // A template is a whole command line: nothing can be appended to the program.
  if (entry.type !== "wildcard" || !isCommandField(entry.field)) {
    return false;
  }
  const words = wordsOf(text).filter((word) => !isSwitch(word));
  return words.length <= 1 && words.every((word) => windowsProgram.test(word) || !/[\\/]/.test(word));
}

/** Programs in the folders of Windows, such as System32; a wildcard may replace one of the folders. */
const windowsProgram =
  /(?:windows|%windir%|%systemroot%|\\systemroot)\\(?:(?:system32|syswow64| )\\(?:wbem\\|windowspowershell\\v1\.0\\| \\)?|microsoft\.net\\framework(?:64)?\\v[\d.]+\\)?[^\\]*$/i;

/** A program that every host has or that runs whatever it is given: its path, hash or id does not say what it did. */
export function isSharedProgram(path: string): boolean {
  return windowsProgram.test(path) || /^\/(?:usr\/)?s?bin\//.test(path) || isInterpreter(fileNameOf(path));
}

/** As Windows itself starts services: `svchost.exe -k netsvcs -p`, `wmiprvse.exe -secured -Embedding`. */
export function isServiceCommand(text: string): boolean {
  const [program = "", ...rest] = wordsOf(text);
  const name = fileNameOf(program).toLowerCase();
  return (
    /^(?:svchost|wmiprvse|dllhost|taskhostw?|taskhostex|services|wininit|winlogon|lsass|userinit|runtimebroker|sihost|backgroundtaskhost|unsecapp|mmc)(?:\.exe)?$/.test(
      name,
    ) &&
    rest.every(
      (word, index) => isSwitch(word) || isSwitch(rest[index - 1] ?? "") || /^\{[0-9a-f-]{8,40}\}?$/i.test(word),
    )
  );
}

function fileNameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("\\"), path.lastIndexOf("/")) + 1);
}

/** Shared program folders on their own. */
const commonFolder =
  /^(?:[a-z]:)?\\?(?:(?:windows|%windir%|%systemroot%)(?:\\(?:system32|syswow64|microsoft\.net)(?:\\wbem|\\windowspowershell(?:\\v1\.0)?)?)?|system32|syswow64|program files(?: \(x86\))?|programdata|users|users\\public)?\\?$/i;

export function isCommonFolder(text: string): boolean {
  return commonFolder.test(text.trim());
}

const tempFragments: readonly string[] = [
  "\\windows\\temp",
  "\\appdata\\local\\temp",
  "%temp%",
  "%tmp%",
  "\\temp",
  "\\tmp",
  "admin$",
  "c$",
  "127.0.0.1",
  "localhost",
  "c:",
  "2>&1",
  "1>",
];

/**
 * Only temp folders, administrative shares, loopback addresses and redirections, and at most three other characters.
 */
export function isTempFragment(text: string): boolean {
  const lower = text.toLowerCase();
  const rest = tempFragments
    .reduce((left, fragment) => left.replaceAll(fragment, ""), lower)
    .replace(/[\\/\s"'._-]/g, "");
  return rest.length < lower.length && rest.length < 4;
}

export function wordsOf(text: string): readonly string[] {
  return text.split(/[\s"']+/).filter((word) => word !== "");
}

export function isSwitch(word: string): boolean {
  return /^[-/]/.test(word);
}
