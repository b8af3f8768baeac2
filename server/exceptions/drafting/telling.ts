/**
 * Which processes tell what an activity is. A parent that runs whatever it is given, or that starts the work of many
 * others, tells nothing by its path: its command line or a process above it does. See docs/decisions/0082.
 */

/** Programs that run what their command line names, wherever they are installed. */
const interpreters =
  /^(?:cmd|powershell|powershell_ise|pwsh|wscript|cscript|mshta|rundll32|regsvr32|msiexec|msbuild|installutil|wmic|bash|sh|dash|zsh|ksh|fish|busybox|python[\d.w]*|py|perl[\d.]*|ruby[\d.]*|php[\d.]*|node|deno|bun|lua[\d.]*|javaw?|dotnet|osascript|env|sudo|su|nohup|xargs|wsl|ssh)(?:\.exe)?$/i;

/** Programs that start the work of others, where records have no path of them. */
const sharedHosts =
  /^(?:svchost|services|wininit|winlogon|userinit|explorer|lsass|smss|csrss|sihost|taskeng|taskhost|taskhostw|wmiprvse|winrshost|wsmprovhost|dllhost|conhost|consent|runtimebroker|psexesvc|system|systemd|init|launchd|cron|crond|sshd|containerd-shim[\w-]*)(?:\.exe)?$/i;

/** Whether a file name is that of an interpreter or a shell. */
export function isInterpreter(fileName: string): boolean {
  return interpreters.test(fileName);
}

/** Where Windows and Unix keep their own programs. */
const systemFolder =
  /^(?:(?:[a-z]:|%systemdrive%)?\\windows|%windir%|%systemroot%|\\systemroot)\\(?:(?:system32|syswow64|sysnative)\\(?:wbem\\|windowspowershell\\v1\.0\\|openssh\\)?)?[^\\]*$|^\/(?:usr\/)?s?bin\/[^/]*$/i;

/** Whether the path of a program, or its name, tells what it is used for. */
export function isTellingProgram(program: string): boolean {
  const name = program.slice(Math.max(program.lastIndexOf("\\"), program.lastIndexOf("/")) + 1);
  // A name alone may be anybody's.
  return name !== program && !isInterpreter(name) && !sharedHosts.test(name) && !systemFolder.test(program);
}

/** Whether a command line names more than its program and switches: a script, a service, a payload. */
export function isTellingCommand(commandLine: string): boolean {
  const [, ...words] = commandLine.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [];
  return words.some((word) => /[\p{L}\p{N}]{3}/u.test(word) && !/^[-/]/.test(word));
}
