/** Routes of the gateway: people, workspaces, previews. */
import { request, workspaceUrl } from "./client";
import type { DeviceLink, Grant, GrantRequest, Me, Source, Template, Workspace } from "./types";

export const enter = (grant: string, name?: string) =>
  request<Me>("POST", "/api/v1/enter", { json: name === undefined ? { grant } : { grant, name } });
export const leave = () => request<void>("POST", "/api/v1/leave");
export const getMe = () => request<Me>("GET", "/api/v1/me");
export const createLink = () => request<DeviceLink>("POST", "/api/v1/links");
export const listTemplates = () => request<Template[]>("GET", "/api/v1/templates");
export const listWorkspaces = () => request<Workspace[]>("GET", "/api/v1/workspaces");
export const getWorkspace = (id: string) => request<Workspace>("GET", workspaceUrl(id));
export const createWorkspace = (name: string, source: Source) =>
  request<Workspace>("POST", "/api/v1/workspaces", { json: { name, source } });
export const renameWorkspace = (id: string, name: string) =>
  request<Workspace>("PATCH", workspaceUrl(id), { json: { name } });
export const deleteWorkspace = (id: string) => request<void>("DELETE", workspaceUrl(id));
export const grantPreview = (id: string, body: GrantRequest) =>
  request<Grant>("POST", `${workspaceUrl(id)}/preview/grant`, { json: body });
