/** Routes about the people of a workspace. */
import { answer, api } from "./client";
import type { Role } from "./types";

const at = (id: string) => ({ params: { path: { id } } });
const who = (id: string, principal: string) => ({ params: { path: { id, principal } } });

export const listMembers = (id: string) => answer(api.GET("/api/v1/workspaces/{id}/members", at(id)));
export const addMember = (id: string, login_name: string, role: Role) =>
  answer(api.POST("/api/v1/workspaces/{id}/members", { ...at(id), body: { login_name, role } }));
export const changeMember = (id: string, principal: string, role: Role) =>
  answer(api.PATCH("/api/v1/workspaces/{id}/members/{principal}", { ...who(id, principal), body: { role } }));
export const removeMember = (id: string, principal: string) =>
  answer(api.DELETE("/api/v1/workspaces/{id}/members/{principal}", who(id, principal)));
export const leaveWorkspace = (id: string) => answer(api.POST("/api/v1/workspaces/{id}/leave", at(id)));
export const handOver = (id: string, principal: string) =>
  answer(api.POST("/api/v1/workspaces/{id}/owner", { ...at(id), body: { principal } }));
