// The conformance suite has no credential to send: this adds one to every request on its way to the edge.
import { createServer, request } from "node:http";

const [target, secret] = process.argv.slice(2);
const { hostname, port, pathname } = new URL(target);
createServer((incoming, answer) => {
  const headers = { ...incoming.headers, authorization: `Bearer ${secret}`, host: `${hostname}:${port}` };
  const onward = request({ hostname, port, path: pathname, method: incoming.method, headers }, (response) => {
    answer.writeHead(response.statusCode, response.headers);
    answer.flushHeaders();
    response.pipe(answer);
  });
  onward.on("error", () => answer.destroy());
  answer.on("close", () => onward.destroy());
  incoming.pipe(onward);
}).listen(Number(process.env.PORT), "127.0.0.1");
