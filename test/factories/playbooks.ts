/** A playbook file of one step, as somebody could write it. */
export function smallPlaybook(id: string, question = "What does the service run?"): string {
  return `---
id: ${id}
title: A new service was installed
version: "1"
tags: ["Tactic: Persistence"]
source: Written by the platform team.
---

A service runs as SYSTEM and starts again after every restart.

## Steps

### behaviour: ${question}

- Anchor: yes
- Raises concern: A shell or an unknown program.
- Lowers concern: The program of a known product.
`;
}
