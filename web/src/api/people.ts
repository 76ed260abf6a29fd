/** Routes of the gateway about people: signing in, accounts, tokens, invitations. */
import { answer, api } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Account = Schemas["Account"];
export type CreateInvitation = Schemas["CreateInvitation"];
export type CreateToken = Schemas["CreateToken"];
export type Identity = Schemas["Identity"];
export type Invitation = Schemas["Invitation"];
export type JoinDetails = Schemas["JoinDetails"];
export type NewInvitation = Schemas["NewInvitation"];
export type OidcProblem = Schemas["OidcProblem"];
export type SignInEntry = Schemas["SignInEntry"];
export type SignInMethods = Schemas["SignInMethods"];
export type SignInProvider = Schemas["SignInProvider"];
export type Token = Schemas["Token"];
export type UpdateAccount = Schemas["UpdateAccount"];
export type UpdateMe = Schemas["UpdateMe"];

export interface FirstPerson {
  name: string;
  login_name: string | null;
  password: string | null;
}

export const enter = (grant: string, person?: FirstPerson) =>
  answer(
    api.POST("/api/v1/enter", {
      body: { grant, ...(person ?? { name: null, login_name: null, password: null }) },
    }),
  );
export const getSignInMethods = () => answer(api.GET("/api/v1/sign-in"));
export const signIn = (login_name: string, password: string) =>
  answer(api.POST("/api/v1/sign-in", { body: { login_name, password } }));

export const startOidc = (provider: string, next: string | null, invitation: string | null) =>
  answer(
    api.POST("/api/v1/oidc/{provider}/start", { params: { path: { provider } }, body: { next, invitation } }),
  );
export const linkOidc = (provider: string, password: string | null) =>
  answer(api.POST("/api/v1/oidc/{provider}/link", { params: { path: { provider } }, body: { password } }));
export const listIdentities = () => answer(api.GET("/api/v1/me/identities"));
export const unlinkIdentity = (identity: string) =>
  answer(api.DELETE("/api/v1/me/identities/{identity}", { params: { path: { identity } } }));

export const updateMe = (body: Partial<UpdateMe>) =>
  answer(api.PATCH("/api/v1/me", { body: { name: null, login_name: null, ...body } }));
export const changePassword = (old_password: string | null, new_password: string) =>
  answer(api.PUT("/api/v1/me/password", { body: { old_password, new_password } }));

export const listSignIns = () => answer(api.GET("/api/v1/sign-ins"));
export const endSignIn = (login: string) =>
  answer(api.DELETE("/api/v1/sign-ins/{login}", { params: { path: { login } } }));
export const endOtherSignIns = () => answer(api.DELETE("/api/v1/sign-ins"));

export const listTokens = () => answer(api.GET("/api/v1/tokens"));
export const createToken = (body: CreateToken) => answer(api.POST("/api/v1/tokens", { body }));
export const revokeToken = (login: string) =>
  answer(api.DELETE("/api/v1/tokens/{login}", { params: { path: { login } } }));

const of = (account: string) => ({ params: { path: { account } } });
export const listAccounts = () => answer(api.GET("/api/v1/accounts"));
export const updateAccount = (account: string, body: Partial<UpdateAccount>) =>
  answer(
    api.PATCH("/api/v1/accounts/{account}", {
      ...of(account),
      body: { administrator: null, disabled: null, ...body },
    }),
  );
export const deleteAccount = (account: string) =>
  answer(api.DELETE("/api/v1/accounts/{account}", of(account)));
export const signAccountOut = (account: string) =>
  answer(api.DELETE("/api/v1/accounts/{account}/sign-ins", of(account)));
export const createResetLink = (account: string) =>
  answer(api.POST("/api/v1/accounts/{account}/reset", of(account)));
export const getResetDetails = (grant: string) =>
  answer(api.POST("/api/v1/reset/details", { body: { grant } }));
export const resetPassword = (grant: string, password: string) =>
  answer(api.POST("/api/v1/reset", { body: { grant, password } }));

export const listInvitations = () => answer(api.GET("/api/v1/invitations"));
export const createInvitation = (body: CreateInvitation) => answer(api.POST("/api/v1/invitations", { body }));
export const revokeInvitation = (invitation: string) =>
  answer(api.DELETE("/api/v1/invitations/{invitation}", { params: { path: { invitation } } }));

export const getJoinDetails = (invitation: string) =>
  answer(api.POST("/api/v1/join/details", { body: { invitation } }));
export const join = (invitation: string) => answer(api.POST("/api/v1/join", { body: { invitation } }));
export const joinWithAccount = (invitation: string, name: string, login_name: string, password: string) =>
  answer(api.POST("/api/v1/join/account", { body: { invitation, name, login_name, password } }));
