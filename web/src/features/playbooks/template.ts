/** What a new playbook starts from. */
export const template = `---
id: my-playbook
title: What happened
version: "1"
rules: []
tags: []
source: Written by …
queries:
  children:
    label: Child processes
    target: events
    lineage: children
    from: now-1h
    to: now+1h
    columns: [process.name, process.command_line, user.name]
    shown-by: [sysmon 1, security 4688]
    nothing: No child process was recorded
    groups:
      - label: by entity id
        where:
          host.name: "{{host.name}}"
          process.parent.entity_id: "{{process.entity_id}}"
          event.category: process
          event.type: start
checks: {}
---

What the alert means, in a paragraph.

## Steps

### behaviour: Does the process do what the rule describes?

- Anchor: yes
- Focus: \`process.command_line\`, \`process.parent.executable\`
- Raises concern: Nothing on this host explains it.
- Lowers concern: A known product does exactly this.

### children: What did it start?

- Focus: \`process.entity_id\`
- Raises concern: Interpreters or unknown programs were started.
- Lowers concern: It started nothing.
- Queries: \`children\`

## Closing policy

- Close as benign only when one known activity explains everything.
`;
