/** What a sign-in with a provider came to, in words: what happened, and what to do. */
import type { OidcProblem } from "../../api/people";

interface Words {
  title: string;
  text: string;
}

const WORDS: Record<OidcProblem, (provider: string) => Words> = {
  cancelled: (provider) => ({
    title: "You did not go through with it",
    text: `${provider} says that the sign-in was cancelled. Nothing was changed; try again, or take another way in.`,
  }),
  provider_refused: (provider) => ({
    title: `${provider} refused the sign-in`,
    text: "Try again. If it keeps happening, the server's log says what it was refused for; tell an administrator.",
  }),
  provider_down: (provider) => ({
    title: `${provider} does not answer as it should`,
    text: "It is not your account. Try again in a few minutes, or take another way in.",
  }),
  untrusted: (provider) => ({
    title: `What ${provider} said could not be verified`,
    text: "So nobody was signed in. Begin again here, not from an old tab. If it keeps happening, tell an administrator: the server's log says what was wrong.",
  }),
  clock: (provider) => ({
    title: "The clocks do not agree",
    text: `By the times that ${provider} gives, the sign-in is over or not good yet. An administrator has to set the clock of the server, or of ${provider}.`,
  }),
  email_unverified: (provider) => ({
    title: `${provider} has no verified e-mail address of yours`,
    text: `Stead lets in only people whose address their provider has verified. Verify it at ${provider}, then try again.`,
  }),
  email_domain: (provider) => ({
    title: "Your e-mail address is not one that is let in",
    text: `This Stead takes addresses of certain domains only. If you have several accounts at ${provider}, sign out there and take the right one.`,
  }),
  not_invited: (provider) => ({
    title: "You have no account here yet",
    text: `Open the link of your invitation and continue with ${provider} there. If you have an account, sign in the way you always do and link ${provider} in Settings → Sign-in methods.`,
  }),
  invitation_over: () => ({
    title: "The invitation no longer works",
    text: "It was used, taken back or has expired while you were away. Ask whoever sent it for a new one.",
  }),
  disabled: () => ({
    title: "Your account is disabled",
    text: "What you made is kept. An administrator of this Stead can let you in again.",
  }),
  taken: (provider) => ({
    title: `This account at ${provider} belongs to somebody else here`,
    text: "Nothing was changed. If both are yours, sign in with it, unlink it there, then link it here.",
  }),
  stale: () => ({
    title: "This sign-in is over",
    text: "It took longer than ten minutes, was finished already, or began in another browser. Begin again here.",
  }),
  signed_out: () => ({
    title: "Nothing was linked",
    text: "You were signed out, or signed in anew, while you were away. Sign in and link again.",
  }),
  too_many: () => ({
    title: "Too many tries",
    text: "There were too many from your network. Wait a minute, then begin again.",
  }),
  unavailable: () => ({
    title: "Stead cannot sign anybody in just now",
    text: "Its database is locked or away. Nothing was changed; try again in a moment.",
  }),
};

/** Whether the address of the page names something that went wrong. */
export function isProblem(value: unknown): value is OidcProblem {
  return typeof value === "string" && Object.hasOwn(WORDS, value);
}

/** A problem in words; `provider` as people call it. */
export function problemWords(problem: OidcProblem, provider: string | undefined): Words {
  return WORDS[problem](provider ?? "Your provider");
}

/** What a page's address says of a visit to a provider. */
export interface ProviderSearch {
  problem?: OidcProblem;
  provider?: string;
  linked?: string;
}

/** Reads {@link ProviderSearch}; what nobody of ours wrote is left out. */
export function providerSearch(search: Record<string, unknown>): ProviderSearch {
  const { problem, provider, linked } = search;
  return {
    ...(isProblem(problem) ? { problem } : {}),
    ...(typeof provider === "string" ? { provider } : {}),
    ...(typeof linked === "string" ? { linked } : {}),
  };
}
