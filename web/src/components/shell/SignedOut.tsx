import { KeyRound } from "lucide-react";
import { Explain } from "../ui/Explain";
import { Page } from "./Page";

/** This browser is not signed in: how to get in. */
export function SignedOut() {
  return (
    <Page>
      <Explain icon={<KeyRound />} title="This browser is not signed in">
        Stead has no password. On the machine where it runs, ask for a link and open it here:
        <pre>stead open</pre>
        On a device that is signed in, choose “Open on another device” in the account menu.
      </Explain>
    </Page>
  );
}
