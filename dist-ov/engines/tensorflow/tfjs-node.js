export {};
//# sourceMappingURL=tfjs-node.js.map