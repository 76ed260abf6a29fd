/** Routes about variables, secrets and Git credentials, of a workspace or one's own. */
import { answer, api } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Environment = Schemas["Environment"];
export type Variable = Schemas["Variable"];
export type VariableKind = Schemas["VariableKind"];
export type Use = Schemas["Use"];
export type SetVariable = Schemas["SetVariable"];
export type GitCredential = Schemas["GitCredential"];
export type Import = Schemas["Import"];
export type ImportEnvironment = Schemas["ImportEnvironment"];

/** Whose environment it is: a workspace's, or (`null`) that of the person who asks. */
export type Owner = string | null;

export const getEnvironment = (owner: Owner) =>
  owner === null
    ? answer(api.GET("/api/v1/me/environment"))
    : answer(api.GET("/api/v1/workspaces/{id}/environment", { params: { path: { id: owner } } }));

export const setVariable = (owner: Owner, name: string, body: SetVariable) =>
  owner === null
    ? answer(api.PUT("/api/v1/me/environment/{name}", { params: { path: { name } }, body }))
    : answer(
        api.PUT("/api/v1/workspaces/{id}/environment/{name}", {
          params: { path: { id: owner, name } },
          body,
        }),
      );

export const removeVariable = (owner: Owner, name: string) =>
  owner === null
    ? answer(api.DELETE("/api/v1/me/environment/{name}", { params: { path: { name } } }))
    : answer(
        api.DELETE("/api/v1/workspaces/{id}/environment/{name}", { params: { path: { id: owner, name } } }),
      );

/** Sets the variables of a `.env` text, or shows what that would change. */
export const importEnvironment = (owner: Owner, body: ImportEnvironment) =>
  owner === null
    ? answer(api.POST("/api/v1/me/environment/import", { body }))
    : answer(
        api.POST("/api/v1/workspaces/{id}/environment/import", { params: { path: { id: owner } }, body }),
      );

export const setCredential = (owner: Owner, host: string, username: string, token: string | null) =>
  owner === null
    ? answer(
        api.PUT("/api/v1/me/git-credentials/{host}", {
          params: { path: { host } },
          body: { username, token },
        }),
      )
    : answer(
        api.PUT("/api/v1/workspaces/{id}/git-credentials/{host}", {
          params: { path: { id: owner, host } },
          body: { username, token },
        }),
      );

export const removeCredential = (owner: Owner, host: string) =>
  owner === null
    ? answer(api.DELETE("/api/v1/me/git-credentials/{host}", { params: { path: { host } } }))
    : answer(
        api.DELETE("/api/v1/workspaces/{id}/git-credentials/{host}", {
          params: { path: { id: owner, host } },
        }),
      );

/** What Git calls the person; the same four names work in every terminal. */
const NAMES = ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"];
const EMAILS = ["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"];

/** As whom a person commits; empty where nothing is set. */
export function authorOf({ variables }: Environment): { name: string; email: string } {
  const value = (name: string) => variables.find((it) => it.name === name)?.value ?? "";
  return { name: value("GIT_AUTHOR_NAME"), email: value("GIT_AUTHOR_EMAIL") };
}

/** Sets as whom a person commits, all of it at once; what is empty is left to Stead. */
export async function setAuthor(name: string, email: string, known: Environment): Promise<void> {
  const all = [...NAMES.map((it) => [it, name] as const), ...EMAILS.map((it) => [it, email] as const)];
  const set = all.filter(([, value]) => value !== "");
  const text = set.map(([key, value]) => `${key}=${JSON.stringify(value)}\n`).join("");
  const kinds = Object.fromEntries(set.map(([key]) => [key, "plain" as const]));
  await importEnvironment(null, { text, kinds, uses: ["terminals", "agents"], apply: true });
  const gone = all.filter(([key, value]) => value === "" && known.variables.some((it) => it.name === key));
  for (const [key] of gone) await removeVariable(null, key);
}
