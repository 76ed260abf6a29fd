/** The machines and what moves between them, as the server tells administrators. */
import type { Fleet } from "../api/machines";
import { PictureFeed } from "./picture-feed";

/** One channel for the whole page. */
export const machinesFeed = new PictureFeed<Fleet>("/api/v1/machines/ws", "machines");
