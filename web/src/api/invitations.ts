/** Routes about links that let people into a workspace. */
import { answer, api } from "./client";
import type { Role } from "./types";

const at = (id: string) => ({ params: { path: { id } } });

/** How many people one link lets in at most, unless it is for one. */
const MANY = 100;

export const listInvitations = (id: string) => answer(api.GET("/api/v1/workspaces/{id}/invitations", at(id)));
export const invite = (id: string, role: Role, note: string, many: boolean) =>
  answer(
    api.POST("/api/v1/workspaces/{id}/invitations", {
      ...at(id),
      body: { role, note, expires_in_s: null, uses_max: many ? MANY : 1 },
    }),
  );
export const revokeInvitation = (id: string, invitation: string) =>
  answer(
    api.DELETE("/api/v1/workspaces/{id}/invitations/{invitation}", { params: { path: { id, invitation } } }),
  );
