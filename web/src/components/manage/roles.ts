/** What the three roles are, in words. */
import type { Role } from "../../api/types";

export const ROLES: readonly { value: Role; label: string; detail: string }[] = [
  { value: "viewer", label: "Viewer", detail: "Sees files, preview and state, and changes nothing" },
  { value: "editor", label: "Editor", detail: "Also changes files, runs things and types in terminals" },
  { value: "owner", label: "Owner", detail: "Also decides about people, shares and the workspace itself" },
];

export function roleName(role: Role): string {
  return ROLES.find((it) => it.value === role)?.label ?? role;
}

/** “a viewer”, “an editor”, “an owner”. */
export function withArticle(role: Role): string {
  return role === "viewer" ? "a viewer" : `an ${role}`;
}
