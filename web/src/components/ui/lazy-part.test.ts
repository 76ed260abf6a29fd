import { expect, it } from "vitest";
import { whenThere } from "./lazy-part";

it("a part is loaded again when the network is back, and fails where it was never away", async () => {
  let tries = 0;
  const load = async () => {
    tries += 1;
    if (tries < 3) throw new TypeError("Failed to fetch");
    return "part";
  };
  await expect(whenThere(load, async () => true)).resolves.toBe("part");
  expect(tries).toBe(3);
  tries = 0;
  await expect(whenThere(load, async () => false)).rejects.toThrow("Failed to fetch");
  expect(tries).toBe(1);
});
