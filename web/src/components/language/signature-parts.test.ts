import { expect, test } from "vitest";
import { activeParameter } from "./signature-parts";

const label = "area(a: number, area: string): void";

test("the argument that is typed is found, however the server says where it is", () => {
  const named = [{ label: "a: number" }, { label: "area: string" }];
  const placed = [{ label: [5, 14] as [number, number] }, { label: [16, 28] as [number, number] }];
  for (const parameters of [named, placed]) {
    const signatures = [{ label, parameters }];
    expect(activeParameter({ signatures, activeParameter: 1 })).toBe("area: string");
    expect(
      activeParameter({ signatures: [{ label, parameters, activeParameter: 0 }], activeParameter: 1 }),
    ).toBe("a: number");
    expect(activeParameter({ signatures, activeParameter: 7 })).toBe("");
  }
  expect(activeParameter({ signatures: [] })).toBe("");
  const two = [{ label: "x()" }, { label, parameters: named }];
  expect(activeParameter({ signatures: two, activeSignature: 1 })).toBe("a: number");
});
