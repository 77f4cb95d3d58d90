// A signal that nobody listens to ends the process, and what follows takes some 0.4 s to load. There is nothing to read
// again yet: the first load of the models is still to come.
process.on('SIGHUP', () => {});

const { serve } = await import('./serve.js');
await serve();
