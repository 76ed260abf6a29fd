/** The registry, as the server tells it. */
import type { RegistryFrame } from "../api/registry";
import { PictureFeed } from "./picture-feed";

/** One channel for the whole page. */
export const registryFeed = new PictureFeed<RegistryFrame>("/api/v1/registry/ws", "runtimes");
