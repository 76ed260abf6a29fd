/** Pages of a workspace's management, in order. A new one is one entry here. */
import { Braces, ScrollText, Server, Share2, UsersRound } from "lucide-react";
import { type ComponentType, lazy } from "react";
import type { Me, Role, Workspace } from "../../api/types";

/** What every page of the management is given. */
export interface SectionProps {
  workspace: Workspace;
  me: Me;
}

export interface Section {
  /** Last part of the address. */
  slug: string;
  name: string;
  /** One sentence below the heading. */
  lead: string;
  icon: ComponentType;
  /** Other words somebody may look for in the palette. */
  words: string;
  /** The least role that is shown the page. */
  least: Role;
  Page: ComponentType<SectionProps>;
}

export const SECTIONS: readonly Section[] = [
  {
    slug: "people",
    name: "People",
    lead: "Who may look at this workspace, and who may change it.",
    icon: UsersRound,
    words: "members roles invite share access owner editor viewer leave",
    least: "viewer",
    Page: lazy(() => import("./PeoplePage").then((it) => ({ default: it.PeoplePage }))),
  },
  {
    slug: "shares",
    name: "Shares",
    lead: "Addresses by which people who are not members see the running app, and nothing else.",
    icon: Share2,
    words: "share link qr code password public address expire visitors",
    least: "editor",
    Page: lazy(() => import("../shares/SharesPage").then((it) => ({ default: it.SharesPage }))),
  },
  {
    slug: "environment",
    name: "Environment",
    lead: "What programs of this workspace find in their environment, and how Git signs in for it.",
    icon: Braces,
    words: "variables secrets env keys tokens credentials git",
    least: "editor",
    Page: lazy(() =>
      import("../environment/EnvironmentPage").then((it) => ({ default: it.WorkspaceEnvironment })),
    ),
  },
  {
    slug: "machine",
    name: "Machine",
    lead: "Where this workspace lies and runs.",
    icon: Server,
    words: "machine host move server node location",
    least: "viewer",
    Page: lazy(() => import("../machines/WorkspaceMachine").then((it) => ({ default: it.WorkspaceMachine }))),
  },
  {
    slug: "audit",
    name: "Audit",
    lead: "Who did what here, when, and what became of it.",
    icon: ScrollText,
    words: "audit log history who did what changes",
    least: "owner",
    Page: lazy(() => import("../audit/WorkspaceAudit").then((it) => ({ default: it.WorkspaceAudit }))),
  },
];

const RANK: Record<Role, number> = { viewer: 0, editor: 1, owner: 2 };

/** Whether somebody with `role` may do what needs `least`. */
export function mayAs(role: Role, least: Role): boolean {
  return RANK[least] <= RANK[role];
}

/** The pages that somebody with this role is shown. */
export function sectionsFor(role: Role): readonly Section[] {
  return SECTIONS.filter((it) => mayAs(role, it.least));
}
