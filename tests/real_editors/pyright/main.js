// The smallest extension that runs Pyright: in a folder that has a pyrightconfig.json, and nowhere else.
const path = require("path");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

exports.activate = () => {
  const server = { module: path.join(__dirname, "node_modules/pyright/langserver.index.js"), transport: TransportKind.ipc };
  client = new LanguageClient("pyright", "pyright", { run: server, debug: server }, { documentSelector: [{ language: "python" }] });
  return client.start();
};
exports.deactivate = () => client?.stop();
