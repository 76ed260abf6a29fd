import { expect, test } from "vitest";
import type { RegistryFrame } from "../api/registry";
import { NOTHING_SEEN, withFrame, withoutChannel } from "./picture-feed";

const list = { items: [], diagnostics: [] };
const FRAME: RegistryFrame = { runtimes: list, hosts: list, workers: list };

test("what is known stays when the channel is gone, and is told to be old", () => {
  const seen = withFrame(NOTHING_SEEN, FRAME);
  expect(seen).toEqual({ frame: FRAME, live: true, failures: 0, pictures: 1 });
  const gone = withoutChannel(withoutChannel(seen));
  expect(gone).toEqual({ frame: FRAME, live: false, failures: 2, pictures: 1 });
  expect(withFrame(gone, FRAME)).toEqual({ ...seen, pictures: 2 });
});

test("before the first picture there is nothing to show", () => {
  expect(withoutChannel(NOTHING_SEEN)).toEqual({ ...NOTHING_SEEN, failures: 1 });
});
