/** Routes about the shares of a workspace. */
import { answer, api } from "./client";
import type { components } from "./schema";
import type { CreateShare, UpdateShare } from "./types";

type Schemas = components["schemas"];

const at = (id: string) => ({ params: { path: { id } } });
const which = (id: string, share: string) => ({ params: { path: { id, share } } });

export const listShares = (id: string) => answer(api.GET("/api/v1/workspaces/{id}/shares", at(id)));
export const createShare = (id: string, body: CreateShare) =>
  answer(api.POST("/api/v1/workspaces/{id}/shares", { ...at(id), body: body as Schemas["CreateShare"] }));
export const updateShare = (id: string, share: string, body: UpdateShare) =>
  answer(
    api.PATCH("/api/v1/workspaces/{id}/shares/{share}", {
      ...which(id, share),
      body: body as Schemas["UpdateShare"],
    }),
  );
export const endShare = (id: string, share: string) =>
  answer(api.DELETE("/api/v1/workspaces/{id}/shares/{share}", which(id, share)));
export const checkSlug = (id: string, word: string) =>
  answer(api.GET("/api/v1/workspaces/{id}/shares/slugs/{word}", { params: { path: { id, word } } }));
