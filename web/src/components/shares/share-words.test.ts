import { expect, test } from "vitest";
import type { Share } from "../../api/types";
import { draftOf, EMPTY, endsVisits, isLocal, toCreate, toUpdate, until } from "./share-words";

const share: Share = {
  id: "share_1",
  mode: "chosen",
  url: "http://localhost:7832/s/1",
  slug: "demo",
  slug_url: "http://localhost:7832/ada/demo",
  owner: "ada",
  people: [{ id: "usr_1", name: "Eve", login_name: "eve" }],
  created_at_ms: 0,
  expires_at_ms: 5_000,
  expired: false,
  views: 0,
  viewed_at_ms: null,
};

test("a new share says no more than was chosen", () => {
  expect(toCreate(EMPTY, 1)).toEqual({ mode: "link" });
  expect(toCreate({ ...EMPTY, password: "left over", people: "eve", expiry: "hour" }, 1)).toEqual({
    mode: "link",
    expires_at_ms: 3_600_001,
  });
  expect(toCreate({ ...EMPTY, mode: "chosen", people: " eve, bob;carol ", slug: "demo" }, 1)).toEqual({
    mode: "chosen",
    people: ["eve", "bob", "carol"],
    slug: "demo",
  });
});

test("a change says what is different, so that nobody is sent out for nothing", () => {
  const draft = draftOf(share);
  expect(toUpdate(draft, share, 1)).toEqual({});
  expect(toUpdate({ ...draft, slug: "" }, share, 1)).toEqual({ slug: "" });
  expect(toUpdate({ ...draft, expiry: "never" }, share, 1)).toEqual({ expires_at_ms: 0 });
  expect(endsVisits(toUpdate({ ...draft, slug: "x", expiry: "day" }, share, 1))).toBe(false);
  const password = toUpdate({ ...draft, mode: "password", password: "open sesame" }, share, 1);
  expect(password).toEqual({ mode: "password", password: "open sesame" });
  expect(endsVisits(password)).toBe(true);
  expect(endsVisits(toUpdate({ ...draft, people: "eve, bob" }, share, 1))).toBe(true);
});

test("a phone cannot follow an address of this machine", () => {
  expect(["http://localhost:1/s/x", "http://127.0.0.1/", "http://[::1]:1/"].map(isLocal)).toEqual([
    true,
    true,
    true,
  ]);
  expect(["https://stead.example.org/s/x", "http://192.168.1.4:1/"].map(isLocal)).toEqual([false, false]);
});

test("a time to come is told in words", () => {
  expect(until(60_000, 0)).toBe("in 1 minute");
  expect(until(5 * 3_600_000, 0)).toBe("in 5 hours");
  expect(until(7 * 86_400_000, 0)).toBe("in 7 days");
});
