/** What `/settings` leads to. A further page is one entry here and a route `settings.NAME.tsx`. */

import {
  Bot,
  Braces,
  IdCard,
  KeyRound,
  type LucideIcon,
  Mail,
  MonitorSmartphone,
  ScrollText,
  Server,
  ShieldAlert,
  UserRound,
  UsersRound,
} from "lucide-react";
import type { FileRoutesByTo } from "../../routeTree.gen";

export interface SettingsEntry {
  to: Extract<keyof FileRoutesByTo, `/settings/${string}`>;
  label: string;
  icon: LucideIcon;
  /** `you` is for everyone, `stead` for those who administer it. */
  section: "you" | "stead";
}

export const SECTIONS = [
  { id: "you", label: "You" },
  { id: "stead", label: "This Stead" },
] as const;

export const ENTRIES: SettingsEntry[] = [
  { to: "/settings/profile", label: "Profile", icon: UserRound, section: "you" },
  { to: "/settings/sign-in-methods", label: "Sign-in methods", icon: IdCard, section: "you" },
  { to: "/settings/sign-ins", label: "Sign-ins", icon: MonitorSmartphone, section: "you" },
  { to: "/settings/tokens", label: "Tokens", icon: KeyRound, section: "you" },
  { to: "/settings/environment", label: "Environment", icon: Braces, section: "you" },
  { to: "/settings/accounts", label: "Accounts", icon: UsersRound, section: "stead" },
  { to: "/settings/invitations", label: "Invitations", icon: Mail, section: "stead" },
  { to: "/settings/audit", label: "Audit", icon: ScrollText, section: "stead" },
  { to: "/settings/machines", label: "Machines", icon: Server, section: "stead" },
  { to: "/settings/runtimes", label: "Runtimes", icon: Bot, section: "stead" },
  { to: "/settings/break-glass", label: "Break-glass", icon: ShieldAlert, section: "stead" },
];
