import { useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { messageOf } from "../../api/client";
import { checkSlug } from "../../api/shares";
import { Field } from "../ui/Field";

interface SlugFieldProps {
  workspaceId: string;
  value: string;
  /** The slug that the share has already. */
  own: string | null;
  onChange: (slug: string) => void;
}

/** The name in a share's address, with whether it can be had while it is typed. */
export function SlugField({ workspaceId, value, own, onChange }: SlugFieldProps) {
  const word = useDeferredValue(value);
  const asks = word !== "" && word !== own;
  const check = useQuery({
    queryKey: ["slug", workspaceId, word],
    queryFn: () => checkSlug(workspaceId, word),
    enabled: asks,
    staleTime: 5_000,
    retry: false,
  });
  const refusal = asks ? (check.data?.reason ?? (check.isError ? messageOf(check.error) : null)) : null;
  const url = asks && check.data?.available === true ? check.data.url : null;
  return (
    <Field
      label="Address by name (optional)"
      mono
      maxLength={48}
      placeholder="demo"
      autoCapitalize="off"
      error={refusal === null ? undefined : sentence(refusal)}
      hint={
        url === null
          ? "A name can be said aloud, and guessed. Without one only the link leads to the app."
          : `${url?.replace(/^https?:\/\//, "")} is free.`
      }
      value={value}
      onChange={(event) => onChange(event.target.value.toLowerCase().replace(/[\s_]+/g, "-"))}
    />
  );
}

function sentence(text: string): string {
  const quoted = text.replace(/`([^`]*)`/g, "“$1”");
  return `${quoted.slice(0, 1).toUpperCase()}${quoted.slice(1)}.`;
}
