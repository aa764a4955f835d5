// What the conformance suite expects in the answers of a fixture.
export const blob = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
export const text = (words) => ({ type: "text", text: words });
export const image = { type: "image", data: blob, mimeType: "image/png" };
export const wav = { type: "audio", data: "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=", mimeType: "audio/wav" };
export const embedded = (uri) => ({ type: "resource", resource: { uri, mimeType: "text/plain", text: "This is an embedded resource content." } });
export const mixed = {
  type: "resource",
  resource: { uri: "test://mixed-content-resource", mimeType: "application/json", text: '{"test":"data","value":123}' },
};
export const said = (content) => ({ messages: [{ role: "user", content }] });
