import {
  CircleX,
  Ellipsis,
  KeyRound,
  Link2,
  type LucideIcon,
  PenLine,
  RefreshCw,
  UserRound,
  UsersRound,
} from "lucide-react";
import { useState } from "react";
import type { Share, ShareMode } from "../../api/types";
import { notify, notifyFailure } from "../../live/notices";
import { useNow } from "../../live/use-now";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuItem, MenuLine } from "../ui/Menu";
import { ago } from "../ui/words";
import { LinkBox } from "./LinkBox";
import styles from "./Shares.module.css";
import { modeName, until } from "./share-words";
import { useChangeShares } from "./use-shares";

const ICONS: Record<ShareMode, LucideIcon> = {
  link: Link2,
  password: KeyRound,
  signed_in: UsersRound,
  chosen: UserRound,
};

interface ShareCardProps {
  workspaceId: string;
  share: Share;
  /** The person who looks is an owner. */
  manages: boolean;
  onChange: () => void;
  onEnd: () => void;
}

/** One share: for whom, its addresses, how often it was visited, and what can be done about it. */
export function ShareCard({ workspaceId, share, manages, onChange, onEnd }: ShareCardProps) {
  const now = useNow();
  const [byToken, setByToken] = useState(false);
  const change = useChangeShares(workspaceId);
  const Icon = ICONS[share.mode];
  const renew = () =>
    change.mutate(
      { kind: "update", share: share.id, body: { new_link: true } },
      {
        onSuccess: () =>
          notify({ tone: "good", title: "The share has a new link", detail: "The old one leads nowhere." }),
        onError: (error) => notifyFailure("The link is still the old one", error),
      },
    );
  const people = share.people.map((it) => it.name).join(", ");
  const url = share.slug_url !== null && !byToken ? share.slug_url : share.url;
  return (
    <li className={styles["card"]} data-expired={share.expired || undefined}>
      <header>
        <Icon aria-hidden="true" />
        <h2>
          {modeName(share.mode)}
          {share.mode === "chosen" && people !== "" && <span className={styles["named"]}>{people}</span>}
        </h2>
        {manages && (
          <Menu trigger={<IconButton label="More for this share" icon={<Ellipsis />} />}>
            <MenuItem icon={<PenLine />} onSelect={onChange}>
              Change…
            </MenuItem>
            <MenuItem icon={<RefreshCw />} onSelect={renew}>
              Make a new link
            </MenuItem>
            <MenuLine />
            <MenuItem icon={<CircleX />} danger onSelect={onEnd}>
              End…
            </MenuItem>
          </Menu>
        )}
      </header>
      <LinkBox url={url} />
      {share.slug_url !== null && (
        <button type="button" className={styles["other"]} onClick={() => setByToken(!byToken)}>
          {byToken ? "Show the address by name" : "Show the link that cannot be guessed"}
        </button>
      )}
      <p className={styles["facts"]}>
        <span>{views(share, now)}</span>
        {share.expired ? (
          <span data-tone="bad">expired; lets nobody in</span>
        ) : (
          share.expires_at_ms !== null && <span>ends {until(share.expires_at_ms, now)}</span>
        )}
        <span>made {ago(share.created_at_ms, now)}</span>
      </p>
    </li>
  );
}

function views(share: Share, now: number): string {
  if (share.views === 0 || share.viewed_at_ms === null) return "not visited yet";
  const count = share.views === 1 ? "1 visit" : `${share.views.toLocaleString("en")} visits`;
  return `${count}, the last ${ago(share.viewed_at_ms, now)}`;
}
