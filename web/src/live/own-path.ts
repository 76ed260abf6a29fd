/** Whether it is a path of this origin, and not the start of another one's address. */
function isOwnPath(value: unknown): value is string {
  if (typeof value !== "string" || !/^\/(?![/\\])/.test(value)) return false;
  // Browsers leave out tabs and line ends before they read an address.
  return new URL(value, location.origin).origin === location.origin && !/[\t\n\r\\]/.test(value);
}

/** The path itself, or the start page. Asked where it is used: a router hands on what it was not asked to check. */
export function ownPath(value: unknown): string {
  return isOwnPath(value) ? value : "/";
}
