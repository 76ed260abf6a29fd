import { useMutation } from "@tanstack/react-query";
import { ApiError, messageOf } from "../../api/client";
import { type SignInProvider, startOidc } from "../../api/people";
import { Button } from "../ui/Button";
import { FormError } from "../ui/Field";
import styles from "./ProviderButtons.module.css";

interface ProviderButtonsProps {
  providers: SignInProvider[];
  /** Where to go on to once signed in. */
  next?: string;
  /** To be taken by whoever comes back. */
  invitation?: string;
  /** What follows below. */
  or?: string;
}

/** Ways in by OpenID providers; nothing where there are none. */
export function ProviderButtons({ providers, next, invitation, or }: ProviderButtonsProps) {
  const attempt = useMutation({
    mutationFn: (provider: string) => startOidc(provider, next ?? null, invitation ?? null),
    onSuccess: ({ url }) => location.assign(url),
  });
  if (providers.length === 0) return null;
  return (
    <div className={styles["providers"]}>
      {providers.map((provider) => (
        <Button
          key={provider.id}
          size="l"
          busy={attempt.isPending && attempt.variables === provider.id}
          disabled={attempt.isPending}
          onClick={() => attempt.mutate(provider.id)}
        >
          Continue with {provider.label}
        </Button>
      ))}
      {attempt.isError && <FormError>{failure(attempt.error)}</FormError>}
      {or !== undefined && <p className={styles["or"]}>{or}</p>}
    </div>
  );
}

function failure(error: Error) {
  const home = homeOf(error);
  if (home === undefined) return messageOf(error);
  return (
    <>
      This works only under this Stead's own address. Go to <a href={home + location.pathname}>{home}</a>.
    </>
  );
}

/** The address that providers know this Stead by, when it was asked under another one. */
function homeOf(error: Error): string | undefined {
  if (!(error instanceof ApiError) || error.code !== "conflict") return undefined;
  const { address } = error.details as { address?: unknown };
  return typeof address === "string" ? address : undefined;
}
