/** What a language server's status means, in words. */
import type { LanguageServer } from "../../api/types";

interface Words {
  /** A few words for a line. */
  short: string;
  /** A sentence or two that say what to do. */
  long: string;
  state: "off" | "busy" | "ready" | "bad";
}

export function languageWords({ name, status, message }: LanguageServer): Words {
  switch (status) {
    case "not_installed":
      return {
        short: `${name}: no language server`,
        long: `Nothing that knows ${name} is installed here. This command installs it in the workspace; it is noticed by itself.`,
        state: "off",
      };
    case "no_session":
      return {
        short: `${name}: starts with Run`,
        long: "It runs in the workspace's session. Press Run, or start the session, and it starts by itself.",
        state: "off",
      };
    case "idle":
      return {
        short: `${name}: idle`,
        long: "It starts when somebody who may edit opens a file.",
        state: "off",
      };
    case "starting":
      return { short: `${name}: starting`, long: "It reads the project.", state: "busy" };
    case "ready":
      return message == null
        ? { short: name, long: "It is ready.", state: "ready" }
        : { short: `${name}: ${message}`, long: `It is ready, and works: ${message}.`, state: "busy" };
    case "failed":
      return {
        short: `${name}: failed`,
        long: "It ended by itself, and is started again after a while.",
        state: "bad",
      };
  }
}
