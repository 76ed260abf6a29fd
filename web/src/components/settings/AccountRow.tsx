import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Ban, Ellipsis, KeyRound, LogOut, ShieldCheck, ShieldOff, Trash2, Undo2 } from "lucide-react";
import { useState } from "react";
import { getMe } from "../../api/gateway";
import { type Account, signAccountOut, type UpdateAccount, updateAccount } from "../../api/people";
import { notify, notifyFailure } from "../../live/notices";
import { useNow } from "../../live/use-now";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuItem, MenuLine } from "../ui/Menu";
import { ago } from "../ui/words";
import { DeleteAccountDialog, ResetDialog } from "./AccountDialogs";
import { Badge, Row } from "./SettingsPage";

/** One account, and what an administrator may do with it. */
export function AccountRow({ account }: { account: Account }) {
  const [dialog, setDialog] = useState<"reset" | "delete" | null>(null);
  const me = useQuery({ queryKey: ["me"], queryFn: getMe, staleTime: 300_000 });
  const now = useNow();
  const queryClient = useQueryClient();
  const own = me.data?.id === account.id;
  const change = useMutation({
    mutationFn: (body: Partial<UpdateAccount>) => updateAccount(account.id, body),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["accounts"] });
      await queryClient.invalidateQueries({ queryKey: ["me"] });
    },
    onError: (error) => notifyFailure("Nothing was changed", error),
  });
  const signOut = useMutation({
    mutationFn: () => signAccountOut(account.id),
    onSuccess: () => notify({ tone: "good", title: `${account.name} is signed out of every browser` }),
    onError: (error) => notifyFailure("Nothing was changed", error),
  });
  const seen = account.seen_at_ms == null ? "not signed in" : `last here ${ago(account.seen_at_ms, now)}`;
  return (
    <Row
      title={account.name}
      dim={account.disabled}
      badge={
        <>
          {own && <Badge>You</Badge>}
          {account.administrator && <Badge tone="lake">Administrator</Badge>}
          {account.disabled && <Badge tone="bad">Disabled</Badge>}
        </>
      }
      detail={`${account.login_name ?? "no log-in name"}, ${seen}${account.has_password ? "" : ", no password"}`}
      actions={
        <>
          <Menu trigger={<IconButton label={`More for ${account.name}`} icon={<Ellipsis />} />}>
            <MenuItem icon={<KeyRound />} onSelect={() => setDialog("reset")}>
              Link for a new password…
            </MenuItem>
            {!own && (
              <MenuItem icon={<LogOut />} onSelect={() => signOut.mutate()}>
                Sign out everywhere
              </MenuItem>
            )}
            <MenuLine />
            <MenuItem
              icon={account.administrator ? <ShieldOff /> : <ShieldCheck />}
              onSelect={() => change.mutate({ administrator: !account.administrator })}
            >
              {account.administrator ? "Take administration away" : "Make an administrator"}
            </MenuItem>
            <MenuItem
              icon={account.disabled ? <Undo2 /> : <Ban />}
              onSelect={() => change.mutate({ disabled: !account.disabled })}
            >
              {account.disabled ? "Enable" : "Disable"}
            </MenuItem>
            <MenuLine />
            <MenuItem icon={<Trash2 />} danger onSelect={() => setDialog("delete")}>
              Delete…
            </MenuItem>
          </Menu>
          {dialog === "reset" && <ResetDialog account={account} onClose={() => setDialog(null)} />}
          {dialog === "delete" && <DeleteAccountDialog account={account} onClose={() => setDialog(null)} />}
        </>
      }
    />
  );
}
