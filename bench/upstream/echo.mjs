// A socket that switches protocols and then sends everything back: what a WebSocket echo costs a
// proxy, which looks at no frame.
import { createServer } from "node:net";

createServer((socket) => {
  socket.setNoDelay(true);
  let head = "";
  const open = (chunk) => {
    head += chunk.toString("latin1");
    if (!head.includes("\r\n\r\n")) return;
    socket.off("data", open);
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    socket.on("data", (bytes) => socket.write(bytes));
  };
  socket.on("data", open);
  socket.on("error", () => socket.destroy());
}).listen(9742, "127.0.0.1");
