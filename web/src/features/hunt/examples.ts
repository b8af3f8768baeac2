import type { RuleLanguage } from "#contracts/language";

/** Queries to begin with. */
export const examples: Readonly<Record<RuleLanguage, readonly string[]>> = {
  eql: [
    'process where process.parent.name : "WmiPrvSE.exe"',
    'network where destination.port == 443 and process.name : "powershell.exe"',
    'any where event.code in ("4624", "4648") and user.name : "adm-*"',
    'sequence by host.name with maxspan=1m [process where process.name : "cmd.exe"] [network where true]',
    'any where stemma.decoded : ("*DownloadString*", "*FromBase64String*")',
  ],
  kql: [
    'process.parent.name : "WmiPrvSE.exe" and not user.name : svc-*',
    "event.code : (4624 or 4648) and user.name : adm-*",
  ],
  sigma: [
    [
      "title: Child process of the WMI provider host",
      "logsource:",
      "  product: windows",
      "  category: process_creation",
      "detection:",
      "  selection:",
      "    ParentImage|endswith: '\\WmiPrvSE.exe'",
      "  condition: selection",
    ].join("\n"),
  ],
  tstats: [
    "| tstats count min(_time) as firstTime from datamodel=Endpoint.Processes where Processes.process=*/node* by Processes.dest Processes.process",
  ],
};
