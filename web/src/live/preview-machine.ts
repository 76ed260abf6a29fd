/** Where the preview's frame stands: address, history, device. No IO here. */

export interface PreviewView {
  /** Null is the port that the preview shows; the kernel knows which. */
  port: number | null;
  /** Path and query that was last asked for; links inside the app are not visible to this page. */
  path: string;
  /** Origin of the frame, once a grant named it. */
  origin: string | null;
  /** What paths of the app are appended to: the origin, or a path of this page's own origin. */
  base: string | null;
  /** The server has no origin for previews under this address: the app runs without one. */
  confined: boolean;
  /** Cookies that scripts of the app set are lost in the frame, for which the browser is on another site. */
  losesCookies: boolean;
  loading: boolean;
  /** Why no grant came, in words. */
  error: string | null;
  /** Pages that lie before and after the shown one in the frame's history. */
  behind: number;
  ahead: number;
  /** Length of the joint history when it was last looked at. */
  seen: number;
  device: Device;
  rotated: boolean;
}

export type Device = "fill" | "phone" | "tablet";

/** Sizes in CSS pixels, upright. */
export const DEVICES: Record<Exclude<Device, "fill">, { width: number; height: number }> = {
  phone: { width: 390, height: 844 },
  tablet: { width: 820, height: 1180 },
};

export const START: PreviewView = {
  port: null,
  path: "/",
  origin: null,
  base: null,
  confined: false,
  losesCookies: false,
  loading: true,
  error: null,
  behind: 0,
  ahead: 0,
  seen: 0,
  device: "fill",
  rotated: false,
};

/** A path for the address bar and the frame: it starts with a slash and names no other host. */
export function cleanPath(text: string): string {
  const trimmed = text.trim().replace(/^[a-z]+:\/\/[^/]*/i, "");
  return `/${trimmed.replace(/^[/\\]+/, "")}`;
}

/**
 * Entries that the frame added to the joint history since the last look lie behind what is shown.
 * A browser stops counting at 50; then the frame's own pages are undercounted, which is safe.
 */
export function looked(view: PreviewView, length: number): PreviewView {
  const added = Math.max(0, length - view.seen);
  if (added === 0) return view;
  return { ...view, behind: view.behind + added, ahead: 0, seen: length };
}

/** One step back (-1) or forward (1), if the frame has a page there. */
export function travelled(view: PreviewView, direction: -1 | 1): PreviewView | null {
  if (direction === -1 ? view.behind === 0 : view.ahead === 0) return null;
  return { ...view, behind: view.behind + direction, ahead: view.ahead - direction, loading: true };
}
