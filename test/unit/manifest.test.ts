import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Manifest {
  capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
  contributes: { configuration: { properties: Record<string, { scope?: string }> } };
}

it('a workspace that is not trusted changes nothing about the engine, and none names a hub', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  const settings = Object.entries(manifest.contributes.configuration.properties);
  const engine = settings.map(([name]) => name).filter((name) => name.startsWith('headlight.engine.'));
  expect(supported).toBe('limited');
  expect(engine.length).toBeGreaterThan(3);
  expect(restrictedConfigurations.toSorted()).toEqual(engine.toSorted());
  // A token of the user's goes there.
  expect(Object.fromEntries(settings)['headlight.hub.url']!.scope).toBe('application');
});
