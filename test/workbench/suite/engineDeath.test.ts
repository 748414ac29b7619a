import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { activate } from './support';

/** The engine of this extension host: the child process that runs the engine's bundle. */
function engineProcess(): number {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  const own = rows.find(
    (row) => row.includes('engine.js') && row.trim().split(/\s+/)[1] === String(process.pid),
  );
  assert.ok(own, 'an engine process is running');
  return Number(own.trim().split(/\s+/)[0]);
}

describe('an engine that dies', () => {
  it('rejects what was asked with the reason, and answers again afterwards', async function () {
    if (process.platform === 'win32') this.skip(); // There is no SIGSTOP to stop it in mid-run.
    const api = await activate();
    await api.tokens('wake up');
    const engine = engineProcess();
    process.kill(engine, 'SIGSTOP');
    const pending = [api.fill('a [MASK]'), api.tokens('b')];
    process.kill(engine, 'SIGKILL');
    for (const answer of pending) await assert.rejects(answer, { code: 'EngineDied', message: /SIGKILL/ });
    assert.equal((await api.fill('a [MASK]')).masks.length, 1);
    assert.notEqual(engineProcess(), engine);
  });
});
