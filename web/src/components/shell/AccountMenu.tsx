import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { LogOut, Monitor, Moon, Settings2, Smartphone, Sun } from "lucide-react";
import { useState } from "react";
import { leave } from "../../api/gateway";
import type { Me } from "../../api/types";
import { notifyFailure } from "../../live/notices";
import { preferences, setPreferences } from "../../live/preferences";
import { useStore } from "../../live/use-store";
import { Menu, MenuChoice, MenuItem, MenuLine } from "../ui/Menu";
import styles from "./AccountMenu.module.css";
import { DeviceDialog } from "./DeviceDialog";

const THEMES = [
  { value: "system", label: "As the system", icon: <Monitor /> },
  { value: "light", label: "Light", icon: <Sun /> },
  { value: "dark", label: "Dark", icon: <Moon /> },
] as const;

/** Who is signed in, and what concerns the person rather than a workspace. */
export function AccountMenu({ me }: { me: Me }) {
  const [linking, setLinking] = useState(false);
  const { theme } = useStore(preferences);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const signOut = async () => {
    try {
      await leave();
      queryClient.clear();
      location.assign("/");
    } catch (error) {
      notifyFailure("You are still signed in", error);
    }
  };
  return (
    <>
      <Menu
        trigger={
          <button type="button" className={styles["person"]} aria-label={`Account of ${me.name}`}>
            {me.name.slice(0, 1).toUpperCase()}
          </button>
        }
      >
        <p className={styles["name"]}>
          {me.name}
          <span>Stead {me.version}</span>
        </p>
        <MenuLine />
        <MenuItem icon={<Settings2 />} onSelect={() => void navigate({ to: "/settings" })}>
          Settings
        </MenuItem>
        <MenuItem icon={<Smartphone />} onSelect={() => setLinking(true)}>
          Open on another device…
        </MenuItem>
        <MenuLine />
        <MenuChoice
          label="Theme"
          value={theme}
          options={THEMES}
          onChange={(next) => setPreferences({ theme: next })}
        />
        <MenuLine />
        <MenuItem icon={<LogOut />} onSelect={signOut}>
          Sign out
        </MenuItem>
      </Menu>
      <DeviceDialog open={linking} onClose={() => setLinking(false)} />
    </>
  );
}
