/** `npm start`: opens VS Code with the extension on the sample folder, in a window or in the browser. */
import { run, runMain, untilTerminated } from './commands';
import { findDesktopCommand } from './desktop';
import { extensionUnderTest, sampleFolder } from './paths';
import { ServerWorkbench } from './serverWorkbench';

runMain(async () => {
  const desktop = findDesktopCommand();
  if (desktop) {
    return run(desktop, [`--extensionDevelopmentPath=${extensionUnderTest}`, '--new-window', sampleFolder()]);
  }
  const terminated = untilTerminated();
  const server = await ServerWorkbench.start({ extensions: [extensionUnderTest] });
  console.log('VS Code is running with Headlight. Open this address in a browser; Ctrl+C ends it.');
  console.log(server.url(sampleFolder()));
  const code = await Promise.race([terminated, server.ended.then(() => 1)]);
  if (code === 1) console.error(`VS Code's server ended by itself:\n${server.log()}`);
  await server.stop();
  return code;
});
