import { Lightbulb, Sparkle, Wrench } from "lucide-react";
import { type CodeActionOffer, languages } from "../../live/language/languages";
import type { LspCodeAction } from "../../live/language/lsp";
import { useStore } from "../../live/use-store";
import { MenuAt, MenuGroup, MenuItem } from "../ui/Menu";

interface CodeActionMenuProps {
  workspaceId: string;
  path: string;
}

/** What the language server offers at the cursor, while somebody looks at it. */
export function CodeActionMenu({ workspaceId, path }: CodeActionMenuProps) {
  const { offer } = languages(workspaceId);
  const shown = useStore(offer);
  if (shown === null || shown.path !== path) return null;
  return <Offered offer={shown} onClose={() => offer.set(null)} />;
}

const GROUPS = [
  { label: "Fix", icon: <Lightbulb />, kind: /^quickfix/ },
  { label: "Change", icon: <Wrench />, kind: /^refactor/ },
  { label: "The whole file", icon: <Sparkle />, kind: /^source/ },
  { label: "More", icon: <Sparkle />, kind: /^(?!quickfix|refactor|source)/ },
] as const;

function Offered({ offer, onClose }: { offer: CodeActionOffer; onClose: () => void }) {
  const leave = () => {
    onClose();
    offer.leave();
  };
  const choose = (action: LspCodeAction) => {
    onClose();
    offer.choose(action);
  };
  const preferred = (it: LspCodeAction) => (it.isPreferred === true ? 0 : 1);
  const groups = GROUPS.map(({ kind, ...group }) => ({
    ...group,
    actions: offer.actions
      .filter((it) => kind.test(it.kind ?? ""))
      .toSorted((a, b) => preferred(a) - preferred(b)),
  })).filter((it) => it.actions.length > 0);
  return (
    <MenuAt at={offer.at} label="Fixes and changes" onClose={leave}>
      {groups.map(({ label, icon, actions }) => (
        <MenuGroup key={label} label={label}>
          {actions.map((it) => (
            <MenuItem key={`${it.kind} ${it.title}`} icon={icon} onSelect={() => choose(it)}>
              {it.title}
            </MenuItem>
          ))}
        </MenuGroup>
      ))}
    </MenuAt>
  );
}
