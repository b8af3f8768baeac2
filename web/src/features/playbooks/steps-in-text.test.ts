import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { moveStep, stepsInText } from "./steps-in-text.ts";

const text = `---
id: a
---

## Steps

### one: First?

- Anchor: yes

### two: Second?

\`\`\`
### no-step: in a fence
\`\`\`

### three: Third?

- Hint: x

## Closing policy

### other: no step
`;

describe("the steps in the text of a playbook", () => {
  it("are the headings under Steps, without those in fences and in other sections", () => {
    expect(stepsInText(text).map(({ id, question }) => `${id} ${question}`)).toEqual([
      "one First?",
      "two Second?",
      "three Third?",
    ]);
    expect(stepsInText("## Closing policy\n")).toEqual([]);
  });

  it("move with all of their lines", () => {
    const moved = moveStep(text, 2, 0);
    expect(stepsInText(moved).map(({ id }) => id)).toEqual(["three", "one", "two"]);
    expect(moved.split("\n").toSorted()).toEqual(text.split("\n").toSorted());
    expect(moved.indexOf("- Hint: x")).toBeLessThan(moved.indexOf("### one"));
  });

  it("moved there and back are as before", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 }), fc.nat({ max: 2 }), (from, to) => {
        expect(moveStep(moveStep(text, from, to), to, from)).toBe(text);
      }),
    );
  });

  it("stay where they are for places that do not exist", () => {
    expect(moveStep(text, 7, 0)).toBe(text);
    expect(moveStep(text, 0, 7)).toBe(text);
  });
});
