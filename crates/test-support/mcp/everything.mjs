// npm's server-everything over Streamable HTTP, on a free port of the loopback address: by itself it
// listens to the whole network. Prints `listening PORT`.
import { Server } from "node:net";

const listen = Server.prototype.listen;
Server.prototype.listen = function (_port, ...rest) {
  this.once("listening", () => console.log(`listening ${this.address().port}`));
  return listen.call(this, { port: 0, host: "127.0.0.1" }, ...rest.filter((one) => typeof one === "function"));
};
await import("./node_modules/@modelcontextprotocol/server-everything/dist/transports/streamableHttp.js");
