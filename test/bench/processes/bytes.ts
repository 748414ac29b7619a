/** Sends the parent, at each message of its, the same bytes. Argument: how many. */
const bytes = new Uint8Array(Number(process.argv[2]));
process.on('message', () => process.send!(bytes));
