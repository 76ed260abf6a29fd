/** Shares in words, and what a form of one means. */
import type { CreateShare, Share, ShareMode, UpdateShare } from "../../api/types";

export const MODES: readonly { value: ShareMode; label: string; detail: string }[] = [
  {
    value: "link",
    label: "Anyone with the link",
    detail: "Nothing to type; whoever has the address sees the app",
  },
  { value: "password", label: "With a password", detail: "Whoever has the address also types a password" },
  { value: "signed_in", label: "Everyone with an account", detail: "People who are signed in to this Stead" },
  { value: "chosen", label: "Chosen people", detail: "Only those you name, signed in" },
];

export function modeName(mode: ShareMode): string {
  return MODES.find((it) => it.value === mode)?.label ?? mode;
}

/** What a form of a share holds. */
export interface Draft {
  mode: ShareMode;
  /** Empty leaves the one that is set. */
  password: string;
  /** User names, parted by commas or spaces. */
  people: string;
  slug: string;
  expiry: Expiry;
}

/** When a share ends by itself; `keep` leaves the time that is set. */
export type Expiry = "never" | "hour" | "day" | "week" | "keep";

export const EXPIRIES: readonly { value: Exclude<Expiry, "keep">; label: string; ms: number }[] = [
  { value: "never", label: "Until I end it", ms: 0 },
  { value: "hour", label: "For an hour", ms: 3_600_000 },
  { value: "day", label: "For a day", ms: 86_400_000 },
  { value: "week", label: "For a week", ms: 604_800_000 },
];

export const EMPTY: Draft = { mode: "link", password: "", people: "", slug: "", expiry: "never" };

export function draftOf(share: Share): Draft {
  return {
    mode: share.mode,
    password: "",
    people: share.people.map((it) => it.login_name ?? it.name).join(", "),
    slug: share.slug ?? "",
    expiry: share.expires_at_ms === null ? "never" : "keep",
  };
}

export function namesIn(text: string): string[] {
  return text.split(/[\s,;]+/).filter((it) => it !== "");
}

function endOf(expiry: Expiry, nowMs: number): number | undefined {
  const ms = EXPIRIES.find((it) => it.value === expiry)?.ms;
  return ms === undefined || ms === 0 ? ms : nowMs + ms;
}

export function toCreate(draft: Draft, nowMs: number): CreateShare {
  const end = endOf(draft.expiry, nowMs);
  return {
    mode: draft.mode,
    ...(draft.mode === "password" && { password: draft.password }),
    ...(draft.mode === "chosen" && { people: namesIn(draft.people) }),
    ...(draft.slug !== "" && { slug: draft.slug }),
    ...(end !== undefined && end !== 0 && { expires_at_ms: end }),
  };
}

/** Only what is different: a change of who is let in ends every visit. */
export function toUpdate(draft: Draft, share: Share, nowMs: number): UpdateShare {
  const before = draftOf(share);
  const end =
    draft.expiry === before.expiry && draft.expiry !== "keep" ? undefined : endOf(draft.expiry, nowMs);
  const names = namesIn(draft.people);
  const sameNames = names.join() === namesIn(before.people).join() && share.mode === "chosen";
  return {
    ...(draft.mode !== share.mode && { mode: draft.mode }),
    ...(draft.mode === "password" && draft.password !== "" && { password: draft.password }),
    ...(draft.mode === "chosen" && !sameNames && { people: names }),
    ...(draft.slug !== before.slug && { slug: draft.slug }),
    ...(end !== undefined && { expires_at_ms: end }),
  };
}

/** Whether a change ends the visits that go on. */
export function endsVisits(change: UpdateShare): boolean {
  return change.mode !== undefined || change.password !== undefined || change.people !== undefined;
}

/** Whether a link leads here from this machine only, so that a phone cannot follow it. */
export function isLocal(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

/** “in 3 hours”. */
export function until(thenMs: number, nowMs: number): string {
  const minutes = Math.max(1, Math.round((thenMs - nowMs) / 60_000));
  if (minutes < 100) return `in ${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `in ${hours} hours` : `in ${Math.round(hours / 24)} days`;
}
