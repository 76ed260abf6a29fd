/** Routes of the gateway: people, workspaces, previews. */
import { answer, api } from "./client";
import type { GrantRequest, Source } from "./types";

const at = (id: string) => ({ params: { path: { id } } });

export const leave = () => answer(api.POST("/api/v1/leave"));
export const getMe = () => answer(api.GET("/api/v1/me"));
export const createLink = () => answer(api.POST("/api/v1/links"));
export const listTemplates = () => answer(api.GET("/api/v1/templates"));

export const listWorkspaces = () => answer(api.GET("/api/v1/workspaces"));
export const getWorkspace = (id: string) => answer(api.GET("/api/v1/workspaces/{id}", at(id)));
export const createWorkspace = (name: string, source: Source) =>
  answer(api.POST("/api/v1/workspaces", { body: { name, source } }));
export const renameWorkspace = (id: string, name: string) =>
  answer(api.PATCH("/api/v1/workspaces/{id}", { ...at(id), body: { name } }));
export const deleteWorkspace = (id: string) => answer(api.DELETE("/api/v1/workspaces/{id}", at(id)));
export const grantPreview = (id: string, body: GrantRequest) =>
  answer(api.POST("/api/v1/workspaces/{id}/preview/grant", { ...at(id), body }));
