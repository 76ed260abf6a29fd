/** Routes of language servers. */
import { answer, api } from "./client";
import type { RenameSymbol, RunCodeAction } from "./types";

/** The language server of a file: none for a file of a language that has none here. */
export const languageServersOf = (id: string, path: string) =>
  answer(api.GET("/api/v1/workspaces/{id}/language-servers", { params: { path: { id }, query: { path } } }));

/** Gives what is at a place another name, in every file. */
export const renameSymbol = (id: string, body: RenameSymbol) =>
  answer(api.POST("/api/v1/workspaces/{id}/language-servers/rename", { params: { path: { id } }, body }));

/** Carries out what the server offers at a place. */
export const runCodeAction = (id: string, body: RunCodeAction) =>
  answer(api.POST("/api/v1/workspaces/{id}/language-servers/action", { params: { path: { id } }, body }));
