/** Routes about the audit log: of this Stead, or of one workspace. */
import { answer, api } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type AuditEntry = Schemas["AuditEntry"];
export type AuditPage = Schemas["AuditPage"];
export type AuditState = Schemas["AuditState"];
export type AuditResult = Schemas["AuditResult"];
export type Outcome = Schemas["Outcome"];
export type Verb = Schemas["Verb"];

/** A workspace's id, or `null` for all of this Stead. */
export type Place = string | null;

/** What is looked for; what is absent does not narrow the search. */
export interface AuditQuery {
  from_ms?: number;
  until_ms?: number;
  workspace?: string;
  person?: string;
  verb?: string;
  outcome?: string;
  text?: string;
}

interface PageOf extends AuditQuery {
  before?: string;
  limit: number;
}

export const listAudit = (place: Place, query: PageOf, signal?: AbortSignal) => {
  const init = { signal: signal ?? null };
  return place === null
    ? answer(api.GET("/api/v1/audit", { params: { query }, ...init }))
    : answer(api.GET("/api/v1/workspaces/{id}/audit", { params: { path: { id: place }, query }, ...init }));
};
export const listVerbs = () => answer(api.GET("/api/v1/audit/verbs"));
export const getAuditState = () => answer(api.GET("/api/v1/audit/state"));
export const checkAudit = () => answer(api.POST("/api/v1/audit/check"));

/** Where the rows of a question can be had as a file. */
export function exportUrl(place: Place, query: AuditQuery, format: "jsonl" | "csv"): string {
  const base = place === null ? "/api/v1/audit" : `/api/v1/workspaces/${encodeURIComponent(place)}/audit`;
  const pairs = Object.entries({ ...query, format }).map(([name, value]) => [name, String(value)]);
  return `${base}/export?${new URLSearchParams(pairs)}`;
}
