/** Routes of the gateway about machines, and about workspaces that move between them. */
import { answer, api } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Fleet = Schemas["Fleet"];
export type Machine = Schemas["Machine"];
export type Resources = Schemas["Resources"];
export type Drain = Schemas["Drain"];
export type DrainedWorkspace = Schemas["DrainedWorkspace"];
export type Move = Schemas["Move"];
export type SetAside = Schemas["SetAside"];

const at = (machine: string) => ({ params: { path: { machine } } });
const of = (id: string) => ({ params: { path: { id } } });

export const inviteMachine = (name: string | null) =>
  answer(api.POST("/api/v1/machines/invitations", { body: { name, machine: null } }));
export const setDraining = (machine: string, draining: boolean) =>
  answer(api.PATCH("/api/v1/machines/{machine}", { ...at(machine), body: { draining, name: null } }));
export const startDrain = (machine: string, stop: boolean) =>
  answer(api.POST("/api/v1/machines/{machine}/drain", { ...at(machine), body: { stop } }));
export const cancelDrain = (machine: string) =>
  answer(api.DELETE("/api/v1/machines/{machine}/drain", at(machine)));
export const removeMachine = (machine: string, giveUp: boolean) =>
  answer(
    api.DELETE("/api/v1/machines/{machine}", {
      params: { path: { machine }, query: { give_up_workspaces: giveUp } },
    }),
  );

/** Copies that were set aside when their workspaces were placed anew. */
export const listSetAside = () => answer(api.GET("/api/v1/copies"));
/** `machine` is `null` for the server's own. */
export const deleteSetAside = (id: string, machine: string | null) =>
  answer(
    api.DELETE("/api/v1/workspaces/{id}/copies/{place}", {
      params: { path: { id, place: machine ?? "gateway" } },
    }),
  );

/** The last move of a workspace; `null` when it never moved. */
export const getMove = (id: string) => answer(api.GET("/api/v1/workspaces/{id}/move", of(id)));
/** `machine` is `null` for the server's own. */
export const startMove = (id: string, machine: string | null, stop: boolean) =>
  answer(api.POST("/api/v1/workspaces/{id}/move", { ...of(id), body: { machine, stop } }));
export const cancelMove = (id: string) => answer(api.DELETE("/api/v1/workspaces/{id}/move", of(id)));
