import { useMutation } from "@tanstack/react-query";
import { Braces, Ellipsis, Lock, PenLine, Trash2 } from "lucide-react";
import { type Owner, removeVariable, type Variable } from "../../api/environment";
import { notifyFailure } from "../../live/notices";
import { useNow } from "../../live/use-now";
import { Badge, Row, Rows } from "../settings/SettingsPage";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuItem, MenuLine } from "../ui/Menu";
import { ago } from "../ui/words";
import styles from "./Environment.module.css";
import { isOverruled, usesText } from "./environment-words";
import { offerUndo, useRefresh } from "./use-environment";

interface VariableListProps {
  owner: Owner;
  variables: readonly Variable[];
  /** What the person has for every workspace, where these are a workspace's. */
  own: readonly Variable[];
  mayChange: boolean;
  onChange: (variable: Variable) => void;
  onRemoveSecret: (variable: Variable) => void;
}

/** Variables by name: what is in them, who gets them, who set them. */
export function VariableList(props: VariableListProps) {
  return (
    <Rows label="Variables">
      {props.variables.map((it) => (
        <VariableRow key={it.name} {...props} variable={it} />
      ))}
    </Rows>
  );
}

function VariableRow({
  owner,
  variable,
  own,
  mayChange,
  onChange,
  onRemoveSecret,
}: VariableListProps & { variable: Variable }) {
  const now = useNow();
  const refresh = useRefresh(owner);
  const secret = variable.kind === "secret";
  const remove = useMutation({
    mutationFn: () => removeVariable(owner, variable.name),
    onSuccess: async () => {
      offerUndo(owner, variable, refresh);
      await refresh();
    },
    onError: (error) => notifyFailure(`${variable.name} is still there`, error),
  });
  const by = owner === null || variable.updated_by === null ? "" : ` by ${variable.updated_by.name}`;
  return (
    <Row
      icon={secret ? <Lock aria-hidden="true" /> : <Braces aria-hidden="true" />}
      title={<code>{variable.name}</code>}
      badge={
        <>
          {secret && <Badge>Secret</Badge>}
          {isOverruled(variable, own) && <Badge tone="lake">Yours wins</Badge>}
        </>
      }
      detail={
        <>
          {!secret && (
            <code className={styles["shown"]}>{variable.value === "" ? "empty" : variable.value}</code>
          )}
          <span className={styles["facts"]}>
            for {usesText(owner, variable.uses)}, set {ago(variable.updated_at_ms, now)}
            {by}
          </span>
        </>
      }
      actions={
        mayChange && (
          <Menu trigger={<IconButton label={`More for ${variable.name}`} icon={<Ellipsis />} />}>
            <MenuItem icon={<PenLine />} onSelect={() => onChange(variable)}>
              {secret ? "Replace or change…" : "Change…"}
            </MenuItem>
            <MenuLine />
            <MenuItem
              icon={<Trash2 />}
              danger
              onSelect={() => (secret ? onRemoveSecret(variable) : remove.mutate())}
            >
              {secret ? "Remove…" : "Remove"}
            </MenuItem>
          </Menu>
        )
      }
    />
  );
}
