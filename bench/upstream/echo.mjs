// A WebSocket server that sends every message back: RFC 6455 as far as short messages go. A proxy
// looks at no frame, but the bytes are those of real ones.
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const server = createServer((_, response) => response.writeHead(426).end());
server.on("upgrade", (request, socket, early) => {
  const key = request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  const accept = createHash("sha1").update(key).digest("base64");
  socket.setNoDelay(true);
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  let waiting = early;
  const read = (bytes) => {
    waiting = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes]);
    // Two bytes of head, four of mask, and up to 125 of message.
    while (waiting.length >= 6 && waiting.length >= 6 + (waiting[1] & 0x7f)) {
      const length = waiting[1] & 0x7f;
      const frame = Buffer.allocUnsafe(2 + length);
      frame[0] = waiting[0];
      frame[1] = length;
      for (let at = 0; at < length; at++) frame[2 + at] = waiting[6 + at] ^ waiting[2 + (at & 3)];
      waiting = waiting.subarray(6 + length);
      socket.write(frame);
    }
  };
  socket.on("data", read);
  socket.on("error", () => socket.destroy());
});
server.listen(9742, "127.0.0.1");
