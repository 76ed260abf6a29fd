/** Routes of the gateway about administrators in workspaces of others. */
import { answer, api } from "./client";
import type { components } from "./schema";

export type BreakGlass = components["schemas"]["BreakGlass"];
export type BeginBreakGlass = components["schemas"]["BeginBreakGlass"];

export const listBreakGlass = () => answer(api.GET("/api/v1/break-glass"));
export const beginBreakGlass = (body: BeginBreakGlass) => answer(api.POST("/api/v1/break-glass", { body }));
export const endBreakGlass = (access: string) =>
  answer(api.DELETE("/api/v1/break-glass/{access}", { params: { path: { access } } }));

const of = (id: string) => ({ params: { path: { id } } });
export const listBreakGlassOf = (id: string) =>
  answer(api.GET("/api/v1/workspaces/{id}/break-glass", of(id)));
export const endBreakGlassOf = (id: string, access: string) =>
  answer(api.DELETE("/api/v1/workspaces/{id}/break-glass/{access}", { params: { path: { id, access } } }));
export const seeBreakGlass = (id: string, access: string) =>
  answer(api.POST("/api/v1/workspaces/{id}/break-glass/{access}/seen", { params: { path: { id, access } } }));
